"""Events reach a real server, however it behaves, and nothing else on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from inbox.lib.private_hosts import PrivateHosts
from inbox.models import Channel, Notification, User, WebhookDelivery, WebhookEndpoint
from inbox.operations import delivering, upkeep, webhooks
from inbox.tasks import mail_webhook_off
from inbox.templatetags.notices import in_words
from tests.factories import make_user
from tests.inbox.hooks import Receiver, make_delivery, make_webhook, receiving, status

pytestmark = pytest.mark.django_db

State, Status = WebhookEndpoint.State, WebhookDelivery.Status


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.PRIVATE_HOSTS = PrivateHosts.read(["127.0.0.1"])
    settings.WEBHOOK_TIMEOUT = 0.5
    delivering.http.cache_clear()
    with receiving() as receiver:
        yield receiver
    delivering.http.cache_clear()


@pytest.fixture
def hook(receiver: Receiver) -> WebhookEndpoint:
    return make_webhook(url=receiver.url)[0]


def go(hook: WebhookEndpoint) -> int:
    """Let every wait be over, and let a worker come by."""
    now = timezone.now()
    WebhookDelivery.objects.filter(status=Status.PENDING).update(next_try_at=now)
    WebhookEndpoint.objects.update(wait_until=None)
    return delivering.deliver(endpoint_id=hook.pk)


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def check(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """The receiver's side, from the specification alone."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    correct = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return correct in headers["webhook-signature"].split(" ")


def test_an_event_arrives_whole_and_signed(receiver: Receiver) -> None:
    hook, secret = make_webhook(url=receiver.url)
    row = make_delivery(hook)
    assert go(hook) == 1
    ((headers, body),) = receiver.seen
    assert json.loads(body) == row.payload | {"sequence": row.pk}
    assert headers["webhook-id"] == str(row.event_id) == json.loads(body)["id"]
    assert check(headers, body, secret)
    assert not check(headers, body + b" ", secret)
    assert only().status == Status.DELIVERED
    assert secret not in json.dumps([headers, body.decode(), only().payload])


def test_while_a_secret_is_changed_both_sign(receiver: Receiver) -> None:
    hook, old = make_webhook(url=receiver.url)
    new = webhooks.rotate_secret(endpoint=hook, by=hook.owner)
    make_delivery(hook)
    go(hook)
    WebhookEndpoint.objects.update(previous_until=timezone.now())
    make_delivery(hook)
    go(hook)
    (first, then) = receiver.seen
    assert check(*first, old)
    assert check(*first, new)
    assert check(*then, new)
    assert not check(*then, old)


def test_what_fails_is_tried_again_under_the_same_id(receiver: Receiver, hook: Any) -> None:
    make_delivery(hook)
    receiver.answer = status(500, b"out of order")
    go(hook)
    row = only()
    assert (row.status, row.attempts) == (Status.PENDING, 1)
    assert row.log[0]["status"] == 500
    assert row.log[0]["excerpt"] == "out of order"
    assert delivering.deliver(endpoint_id=hook.pk) == 0  # not yet
    receiver.answer = status(200)
    go(hook)
    assert only().status == Status.DELIVERED
    assert len({headers["webhook-id"] for headers, _body in receiver.seen}) == 1


def test_one_that_hangs_costs_one_time_out(receiver: Receiver, hook: Any) -> None:
    for _number in range(3):
        make_delivery(hook)
    receiver.answer = receiver.hang
    assert go(hook) == 1
    hook.refresh_from_db()
    assert hook.wait_until > timezone.now()
    assert hook.leased_until is None
    assert delivering.due_endpoints(now=timezone.now()) == []


def test_a_redirection_is_not_followed(receiver: Receiver, hook: Any) -> None:
    make_delivery(hook)
    receiver.answer = status(302, Location="http://169.254.169.254/latest/meta-data/")
    go(hook)
    assert len(receiver.seen) == 1
    assert only().log[0]["status"] == 302
    assert "not followed" in only().log[0]["words"]
    assert only().status == Status.PENDING


def test_a_private_address_is_never_contacted(receiver: Receiver, hook: Any, settings: Any) -> None:
    settings.PRIVATE_HOSTS = PrivateHosts()
    delivering.http.cache_clear()
    port = receiver.server.server_port
    for url in (f"https://127.0.0.1:{port}/", f"https://localhost:{port}/", "https://10.0.0.1/"):
        WebhookDelivery.objects.all().delete()
        WebhookEndpoint.objects.update(url=url)
        make_delivery(hook)
        go(hook)
        assert "private network" in only().log[0]["words"]
    WebhookEndpoint.objects.update(url=receiver.url)
    make_delivery(hook)
    go(hook)
    assert receiver.seen == []


def test_gone_for_good_switches_it_off(receiver: Receiver, hook: Any) -> None:
    make_delivery(hook)
    receiver.answer = status(410)
    go(hook)
    hook.refresh_from_db()
    assert hook.state == State.DISABLED
    assert only().status == Status.FAILED
    assert delivering.due_endpoints(now=timezone.now()) == []


def test_five_days_of_failure_switch_it_off(receiver: Receiver, hook: Any) -> None:
    make_delivery(hook)
    receiver.answer = status(500)
    long_ago = timezone.now() - delivering.DISABLE_AFTER
    WebhookEndpoint.objects.update(failing_since=long_ago + timedelta(hours=1))
    go(hook)
    hook.refresh_from_db()
    assert hook.state == State.ACTIVE
    WebhookEndpoint.objects.update(failing_since=long_ago)
    go(hook)
    hook.refresh_from_db()
    assert hook.state == State.DISABLED
    assert "five days" in hook.state_reason


def test_admins_are_told_once_that_it_was_switched_off(
    receiver: Receiver, hook: Any, ana: User, mailoutbox: Any
) -> None:
    make_user("eka", "admin", email="eka@example.org")
    make_delivery(hook)
    receiver.answer = status(410)
    go(hook)
    told = Notification.objects.filter(kind="webhook_off")
    assert {row.user.username for row in told} == {hook.owner.username, "eka"}
    assert in_words(told[0]) == f"The webhook “{hook.name}” was switched off"
    assert told[0].get_absolute_url() == hook.get_absolute_url()
    assert not Notification.objects.visible_to(ana).exists()

    mail_webhook_off(hook.pk)
    assert [mail.to for mail in mailoutbox] == [["eka@example.org"]]
    assert str(delivering.GONE) in mailoutbox[0].body
    assert hook.get_absolute_url() in mailoutbox[0].body
    webhooks.set_paused(endpoint=hook, paused=False, by=hook.owner)
    mail_webhook_off(hook.pk)  # rung late: it is on again
    assert len(mailoutbox) == 1


def test_an_event_is_given_up_after_a_day_and_can_be_sent_again(
    receiver: Receiver, hook: Any
) -> None:
    make_delivery(hook)
    receiver.answer = status(500)
    WebhookDelivery.objects.update(give_up_at=timezone.now())
    go(hook)
    assert only().status == Status.FAILED
    receiver.answer = status(200)
    assert webhooks.replay(endpoint=hook, by=hook.owner) == 1
    go(hook)
    assert only().status == Status.DELIVERED
    assert webhooks.replay(endpoint=hook, by=hook.owner) == 0


def test_only_the_beginning_of_an_answer_is_kept(receiver: Receiver, hook: Any) -> None:
    make_delivery(hook)
    receiver.answer = status(500, b"\0" + b"x" * 3_000_000)
    go(hook)
    assert len(only().log[0]["excerpt"]) == delivering.EXCERPT


def test_the_receiver_may_ask_for_a_rest(receiver: Receiver, hook: Any) -> None:
    make_delivery(hook)
    receiver.answer = status(429, Retry_After="1800")
    go(hook)
    hook.refresh_from_db()
    assert hook.wait_until > timezone.now() + timedelta(minutes=29)
    assert only().next_try_at > timezone.now() + timedelta(minutes=29)


def test_events_of_one_conversation_come_in_order(receiver: Receiver, hook: Any) -> None:
    first = make_delivery(hook, conversation_id=1)
    second = make_delivery(hook, conversation_id=1)
    other = make_delivery(hook, conversation_id=2)
    later = timezone.now() + timedelta(hours=1)
    WebhookDelivery.objects.filter(pk=first.pk).update(next_try_at=later)
    assert delivering.deliver(endpoint_id=hook.pk) == 1
    other.refresh_from_db()
    assert other.status == Status.DELIVERED
    go(hook)
    arrived = [headers["webhook-id"] for headers, _body in receiver.seen]
    assert arrived == [str(row.event_id) for row in (other, first, second)]


def test_a_paused_one_keeps_its_events(receiver: Receiver, hook: Any) -> None:
    webhooks.set_paused(endpoint=hook, paused=True, by=hook.owner)
    make_delivery(hook)
    assert go(hook) == 0
    WebhookDelivery.objects.update(give_up_at=timezone.now() - timedelta(days=3))
    webhooks.set_paused(endpoint=hook, paused=False, by=hook.owner)
    assert go(hook) == 1
    assert only().status == Status.DELIVERED


def test_a_test_event_says_at_once_what_came_back(receiver: Receiver, hook: Any) -> None:
    assert webhooks.ping(endpoint=hook, by=hook.owner).status == Status.DELIVERED
    receiver.answer = status(503)
    failed = webhooks.ping(endpoint=hook, by=hook.owner)
    assert failed.status == Status.FAILED
    assert failed.log[-1]["status"] == 503


def test_the_wait_grows_up_to_two_hours_and_is_spread() -> None:
    waits = [delivering.backoff(attempt) for attempt in range(1, 30)]
    assert 2.5 <= waits[0] <= 5
    assert all(3600 <= wait <= 7200 for wait in waits[12:])
    assert len(set(waits[12:])) > 1


def test_old_events_go_and_waiting_ones_stay(hook: Any) -> None:
    waiting, done = make_delivery(hook), make_delivery(hook, status=Status.DELIVERED)
    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert upkeep.prune_deliveries() == 1
    assert only() == waiting
    assert done.pk != waiting.pk


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_speak_to_one_endpoint_at_once(receiver: Receiver) -> None:
    hook = make_webhook(make_user(role="admin"), url=receiver.url)[0]
    for _number in range(6):
        make_delivery(hook)
    tried: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            tried.append(delivering.deliver(endpoint_id=hook.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [headers["webhook-id"] for headers, _body in receiver.seen]
    assert sum(tried) == len(ids) == len(set(ids)) == 6
    assert Channel.objects.count() == 0
