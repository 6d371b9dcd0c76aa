"""Where networks deliver: nothing gets in without a signature, and what does is kept at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from inbox.models import Channel, Message, Receipt
from inbox.operations import receipts
from inbox.views import hooks
from tests.inbox.connectors.x.payloads import signed
from tests.inbox.deliveries import SECRET, event, post, sign_with


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    sign_with(settings)


@pytest.mark.django_db
def test_a_delivery_is_kept_as_it_came_and_not_read_yet(client: Client, channel: Channel) -> None:
    made = event(channel, 31)
    answer = post(client, made)
    assert (answer.status_code, answer.content) == (200, b"")
    row = Receipt.objects.get()
    assert json.loads(bytes(row.body)) == made
    assert (row.state, row.network, row.attempts) == ("received", "x", 0)
    assert set(row.headers) == {"content-type", "x-twitter-webhooks-signature"}
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_the_same_delivery_again_is_the_same_row(client: Client, channel: Channel) -> None:
    for _time in range(3):
        assert post(client, event(channel, 31)).status_code == 200
    assert Receipt.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [{}, {"x-twitter-webhooks-signature": "sha256=x"}, signed(b"other", SECRET)],
    ids=["none", "wrong", "of another body"],
)
def test_nobody_else_delivers(client: Client, channel: Channel, headers: dict[str, str]) -> None:
    assert post(client, event(channel, 31), headers=headers).status_code == 403
    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_whoever_is_signed_in_needs_the_signature_too(client: Client, dewi: Any) -> None:
    client.force_login(dewi)
    assert post(client, b"{}", headers={}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/xml"])
def test_another_type_is_not_read(client: Client, kind: str) -> None:
    assert post(client, b"{}", content_type=kind).status_code == 415
    assert post(client, b"{}", content_type="application/json; charset=UTF-8").status_code == 200


@pytest.mark.django_db
def test_a_body_beyond_the_cap_is_not_taken(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "MAX_BODY", 1000)
    assert post(client, b" " * 1000).status_code == 200
    assert post(client, b" " * 1001).status_code == 413
    # Whatever the length says, no more than the cap is read.
    assert post(client, b" " * 1001, CONTENT_LENGTH="10").status_code in (403, 413)
    assert Receipt.objects.count() == 1


@pytest.mark.django_db
def test_a_body_that_is_larger_than_a_form_may_be_is_taken(client: Client) -> None:
    assert hooks.MAX_BODY == 5 * 1024 * 1024
    assert post(client, b" " * hooks.MAX_BODY).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b" ", b"{", b"[]", b"\xff\x00", b'{"data": {}}', b"[" * 50_000])
def test_nonsense_with_a_signature_is_kept_and_never_an_error(client: Client, body: bytes) -> None:
    assert post(client, body).status_code == 200
    row = Receipt.objects.get()
    receipts.read(receipt_id=row.pk)
    row.refresh_from_db()
    assert row.state in ("failed", "done")


@pytest.mark.django_db
def test_an_account_that_is_not_connected_is_no_reason_to_refuse(
    client: Client, channel: Channel
) -> None:
    made = event(channel, 31)
    made["data"]["filter"]["user_id"] = "424242"
    assert post(client, made).status_code == 200
    receipts.read(receipt_id=Receipt.objects.get().pk)
    assert Receipt.objects.get().state == "done"
    assert not Message.objects.exists()


def test_a_challenge_is_answered(client: Client) -> None:
    answer = client.get(reverse("inbox:hook", args=["x"]), {"crc_token": "abc"})
    expected = signed(b"abc", SECRET)["x-twitter-webhooks-signature"]
    assert answer.json() == {"response_token": expected}
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("query", [{}, {"crc_token": ""}, {"crc_token": '{"data":{}}'}])
def test_anything_else_is_no_challenge(client: Client, query: dict[str, str]) -> None:
    assert client.get(reverse("inbox:hook", args=["x"]), query).status_code == 403


@pytest.mark.parametrize("network", ["feed", "mastodon", "nothing"])
def test_a_network_that_delivers_nothing_has_no_address(client: Client, network: str) -> None:
    address = reverse("inbox:hook", args=[network])
    assert client.get(address).status_code == 404
    assert client.post(address, b"{}", "application/json").status_code == 404


def test_a_network_whose_secret_is_not_known_has_no_address(client: Client, settings: Any) -> None:
    settings.NETWORKS = {"x": settings.NETWORKS["x"] | {"hook_secret": ""}}
    assert post(client, b"{}", headers=signed(b"{}", "")).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    assert client.generic(method, reverse("inbox:hook", args=["x"])).status_code == 405


def test_every_check_of_the_chain_runs_and_none_can_be_left_out() -> None:
    asked = []

    class First(hooks.Hook):
        def check(self, request: Any, body: bytes) -> None:
            asked.append("first")

        def keep(self, body: bytes, headers: Any) -> None:
            asked.append("kept")

    class Second(First):
        def check(self, request: Any, body: bytes) -> None:  # without super()
            asked.append("second")

    def deliver(kind: str) -> int:
        request = RequestFactory().post("/", b"{}", content_type=kind)
        return Second.as_view()(request).status_code

    assert (deliver("text/plain"), asked) == (415, [])
    assert (deliver("application/json"), asked) == (200, ["first", "second", "kept"])


@pytest.mark.parametrize("name", ["dispatch", "get", "post"])
def test_no_class_takes_the_way_in_over(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        type("Sly", (hooks.Hook,), {name: lambda self, request: None})
