"""The practice network delivers what happens to those who asked, signed as X does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from inbox.practice.x.push import SIGNATURE, sign
from tests.inbox.connectors.tiny import TinyServer, answer, tiny_server
from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import Practice

CONSUMER = ("practice-consumer", "practice-consumer-secret")


class Receiver:
    """Answers the challenge and keeps what is delivered."""

    def __init__(self) -> None:
        self.secret = CONSUMER[1]
        self.status = "200 OK"
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []
        self.came = threading.Semaphore(0)
        self.url = ""

    def __call__(self, server: TinyServer, connection: socket.socket) -> None:
        head, _, body = server.read_request(connection).partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        if lines[0].startswith("GET"):
            token = parse_qs(urlsplit(lines[0].split()[1]).query)["crc_token"][0]
            said = {"response_token": sign(token.encode(), self.secret)}
            connection.sendall(answer(json.dumps(said).encode(), headers="connection: close\r\n"))
            return
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        self.bodies.append(body)
        self.signatures.append(next(line for line in lines if line.lower().startswith(SIGNATURE)))
        assert headers["content-type"] == "application/json"
        connection.sendall(answer(b"", status=self.status, headers="connection: close\r\n"))
        self.came.release()

    def wait(self, count: int = 1) -> list[dict[str, Any]]:
        for _each in range(count):
            assert self.came.acquire(timeout=10), f"{len(self.bodies)} of {count} came"
        return [json.loads(body)["data"] for body in self.bodies]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    with tiny_server(found) as server:
        found.url = f"{server.url}/hooks/x/"
        yield found


def app_token(practice: Practice) -> dict[str, str]:
    form = {"grant_type": "client_credentials"}
    got = practice.http.post("/oauth2/token", data=form, auth=CONSUMER)
    return {"authorization": f"Bearer {got.json()['access_token']}"}


def register(practice: Practice, receiver: Receiver) -> Any:
    headers = app_token(practice)
    return practice.http.post("/2/webhooks", json={"url": receiver.url}, headers=headers)


def subscribe(practice: Practice, receiver: Receiver, brand: Api, *kinds: str) -> None:
    hook = register(practice, receiver).json()["data"]
    for kind in kinds:
        wanted = {"event_type": kind, "filter": {"user_id": brand.id}, "webhook_id": hook["id"]}
        assert brand.post("/2/activity/subscriptions", wanted).status_code == 200


def test_a_mention_is_delivered_signed(practice: Practice, receiver: Receiver, brand: Api) -> None:
    subscribe(practice, receiver, brand, "post.mention.create")
    post = practice.post("rina", "@brand is it down?")
    (event,) = receiver.wait()
    assert event["event_type"] == "post.mention.create"
    assert event["filter"] == {"user_id": brand.id}
    assert event["payload"]["id"] == post["id"]
    assert event["includes"]["users"][0]["username"] == "rina"
    assert receiver.signatures[0].partition(": ")[2] == sign(receiver.bodies[0], CONSUMER[1])


def test_who_is_told_what(practice: Practice, receiver: Receiver, brand: Api) -> None:
    kinds = ("post.mention.create", "post.reply.create", "post.create", "post.delete")
    subscribe(practice, receiver, brand, *kinds, "dm.received", "dm.sent")
    ours = brand.post("/2/tweets", {"text": "we are on it"}).json()["data"]["id"]
    practice.post("rina", "nothing to do with you")
    practice.post("rina", "thanks", in_reply_to=ours)  # the mention before it is X's, not hers
    practice.message("rina", "brand", "my number is 12")
    practice.delete(ours)
    told = [event["event_type"] for event in receiver.wait(4)]
    assert told == ["post.create", "post.reply.create", "dm.received", "post.delete"]


@pytest.mark.parametrize(
    ("way", "order"), [("twice", ["1", "1", "2", "2"]), ("reversed", ["2", "1"])]
)
def test_deliveries_repeat_or_overtake_each_other_on_demand(
    practice: Practice, receiver: Receiver, brand: Api, way: str, order: list[str]
) -> None:
    subscribe(practice, receiver, brand, "post.mention.create")
    practice.faults(push=way)
    for number in ("1", "2"):
        practice.post("rina", f"@brand {number}")
    told = receiver.wait(len(order))
    assert [event["payload"]["text"][-1] for event in told] == order


def test_what_is_not_taken_is_delivered_once_more(
    practice: Practice, receiver: Receiver, brand: Api
) -> None:
    subscribe(practice, receiver, brand, "post.mention.create")
    receiver.status = "503 Busy"
    practice.post("rina", "@brand hello")
    receiver.wait(2)
    assert receiver.bodies[0] == receiver.bodies[1]


def test_an_address_that_does_not_know_the_secret_is_refused(
    practice: Practice, receiver: Receiver
) -> None:
    receiver.secret = "another"
    assert register(practice, receiver).status_code == 400
    answer = practice.http.get("/2/webhooks", headers=app_token(practice)).json()
    assert answer == {"meta": {"result_count": 0}}


def test_only_the_app_registers_and_only_the_person_subscribes(
    practice: Practice, receiver: Receiver, brand: Api
) -> None:
    assert brand.post("/2/webhooks", {"url": receiver.url}).status_code == 401
    assert practice.http.post("/oauth2/token", auth=(CONSUMER[0], "wrong")).status_code == 401
    hook = register(practice, receiver).json()["data"]["id"]
    wanted = {"event_type": "dm.received", "filter": {"user_id": "1"}, "webhook_id": hook}
    assert brand.post("/2/activity/subscriptions", wanted).status_code == 403


def test_a_webhook_that_is_removed_hears_no_more(
    practice: Practice, receiver: Receiver, brand: Api
) -> None:
    subscribe(practice, receiver, brand, "post.mention.create")
    headers = app_token(practice)
    hook = practice.http.get("/2/webhooks", headers=headers).json()["data"][0]["id"]
    assert practice.http.put(f"/2/webhooks/{hook}", headers=headers).json()["data"]["valid"]
    assert practice.http.delete(f"/2/webhooks/{hook}", headers=headers).status_code == 200
    assert brand.get("/2/activity/subscriptions").json() == {}
