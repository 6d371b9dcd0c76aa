"""What X delivers, by the examples on https://docs.x.com/x-api/activity/event-payloads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from inbox.connectors.errors import BadPayload, BadSignature
from inbox.connectors.x import pushing
from inbox.connectors.x.mapping import Site
from tests.inbox.connectors.x.payloads import OWN_ID, make_event, make_post, make_sent, signed

SITE = Site(OWN_ID, "https://x.com")
SECRET = "consumer-secret"


def read(event: dict[str, Any]) -> Any:
    return pushing.read(json.dumps(event).encode(), SITE)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha1=" + base64.b64encode(b"x" * 20).decode(),
        hashlib.sha256(b"{}").hexdigest(),
        # Right digest, wrong writing.
        "sha256=" + hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest(),
        base64.b64encode(hmac.new(SECRET.encode(), b"{}", hashlib.sha256).digest()).decode(),
        signed(b"{}", "another secret")[pushing.SIGNATURE],
        signed(b"{ }", SECRET)[pushing.SIGNATURE],
        signed(b"{}", SECRET)[pushing.SIGNATURE].upper(),
        signed(b"{}", SECRET)[pushing.SIGNATURE] + ",sha256=x",
    ],
)
def test_only_the_exact_signature_is_believed(header: str) -> None:
    pushing.verify(b"{}", signed(b"{}", SECRET), secret=SECRET)
    with pytest.raises(BadSignature):
        pushing.verify(b"{}", {pushing.SIGNATURE: header}, secret=SECRET)


def test_a_challenge_is_answered_as_x_writes_it() -> None:
    answer = pushing.answer({"crc_token": "NjQ3ODE_2=="}, secret=SECRET)
    digest = hmac.new(SECRET.encode(), b"NjQ3ODE_2==", hashlib.sha256).digest()
    expected = f"sha256={base64.b64encode(digest).decode()}"
    assert json.loads(answer.content) == {"response_token": expected}


@pytest.mark.parametrize("token", ["", '{"data":{}}', "a b", "x" * 257, "[1]", "é"])
def test_nothing_that_could_be_a_delivery_is_signed_for_strangers(token: str) -> None:
    with pytest.raises(BadSignature):
        pushing.answer({"crc_token": token}, secret=SECRET)


def test_without_a_secret_no_challenge_is_answered() -> None:
    with pytest.raises(BadSignature):
        pushing.answer({"crc_token": "abc"}, secret="")


@pytest.mark.parametrize("kind", pushing.POSTED)
def test_a_post_is_read_as_when_it_is_polled(kind: str) -> None:
    post = make_post(1002, text="@codero hi", in_reply_to_user_id=OWN_ID)
    del post["edit_history_post_ids"]
    post["edit_history_tweet_ids"] = ["1002"]
    post["referenced_tweets"] = [{"type": "replied_to", "id": "900"}]
    told = read(make_event(kind, post))
    (item,) = told.messages
    assert (item.external_id, item.author.handle, item.text) == ("1002", "rina_w", "@codero hi")
    assert (item.in_reply_to, item.is_reply_to_us) == ("900", True)
    assert (told.named, told.gone, told.ended, told.problems) == ((), (), "", ())


def test_a_post_whose_author_is_left_out_has_to_be_looked_up() -> None:
    told = read(make_event("post.reply.create", make_post(1002), includes={}))
    assert (told.messages, told.named) == ((), ("1002",))


@pytest.mark.parametrize(
    ("kind", "sender", "recipient", "is_ours"),
    [("dm.received", "77", OWN_ID, False), ("dm.sent", OWN_ID, "77", True)],
)
def test_private_messages_come_in_the_form_of_the_older_api(
    kind: str, sender: str, recipient: str, is_ours: bool
) -> None:
    told = read(make_event(kind, make_sent(31, sender=sender, recipient=recipient)))
    (item,) = told.messages
    assert (item.external_id, item.text, item.is_private) == ("31", "my order 31", True)
    assert (item.thread_external_id, item.is_ours) == ("77", is_ours)
    assert item.counterpart
    assert item.counterpart.handle == "rina_w"
    assert item.sent_at.isoformat() == "2026-07-24T21:23:44.372000+00:00"


def test_a_deletion_names_the_post() -> None:
    told = read(make_event("post.delete", {"id": "1002", "author_id": OWN_ID}))
    assert told.gone == ("1002",)


def test_a_withdrawn_access_names_the_account_in_its_content() -> None:
    event = make_event("oauth.revoke", {"user_id": OWN_ID, "app_id": "1"}, filter={})
    assert pushing.accounts(json.dumps(event).encode()) == {OWN_ID}
    assert read(event).ended


@pytest.mark.parametrize("kind", ["like.create", "dm.read", "chat.received", "profile.update.bio"])
def test_what_needs_no_answer_is_passed_over(kind: str) -> None:
    assert read(make_event(kind, {"id": "1"})) == pushing.Delivered()


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("post.poem.create", {"id": "1"}),
        ("post.create", {"id": "1"}),
        ("post.create", {}),
        ("post.create", []),
        ("post.delete", {"id": "x" * 40}),
        ("post.delete", {}),
        ("dm.received", {}),
        ("dm.received", {"direct_message_events": [5]}),
        ("dm.received", {"direct_message_events": [{"id": "1", "message_create": {}}]}),
    ],
)
def test_what_cannot_be_read_is_kept_for_people(kind: str, payload: Any) -> None:
    told = read(make_event(kind, payload))
    assert told.messages == ()
    assert told.problems
    assert all(problem.reason for problem in told.problems)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"data": 1}', b"\xff"])
def test_what_is_no_event_is_no_payload(body: bytes) -> None:
    for act in (pushing.accounts, lambda content: pushing.read(content, SITE)):
        with pytest.raises(BadPayload):
            act(body)
