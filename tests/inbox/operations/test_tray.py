"""What could not be read waits for a person: read again, one or all, or discarded for a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.connectors.errors import BadPayload, TransientError, Unsupported
from inbox.connectors.types import BadItem as Unreadable
from inbox.connectors.types import FetchPage
from inbox.errors import CannotRead
from inbox.lib.errors import BadInput, NotAllowed, StaleState
from inbox.models import AuditEvent, BadItem, Channel, Message, Receipt, Team, User
from inbox.operations import bad_items, channels, tray
from inbox.tasks import read_tray_again
from tests.factories import make_channel
from tests.inbound import item

pytestmark = pytest.mark.django_db


class Network:
    """Reads again what it is told to."""

    def __init__(self) -> None:
        self.page: FetchPage | Exception = FetchPage((item(31),), None, None)
        self.asked: list[Any] = []

    def reread(self, stream: str, raw: Any) -> FetchPage:
        self.asked.append((stream, raw))
        if isinstance(self.page, Exception):
            raise self.page
        return self.page


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    found = Network()
    monkeypatch.setattr(channels, "connector_for", lambda channel: found)
    return found


def make_bad(channel: Channel, number: int = 1) -> BadItem:
    odd = Unreadable("ValueError: odd", {"id": str(number)})
    bad_items.keep(channel=channel, stream="mentions", problems=[odd])
    return BadItem.objects.get(channel=channel, raw={"id": str(number)})


def make_receipt(channel: Channel | None = None, number: int = 1) -> Receipt:
    return Receipt.objects.create(
        network="x", channel=channel, digest=str(number), body=b"{", state="failed",
        error="not JSON", next_try_at=timezone.now(), attempts=6,
    )  # fmt: skip


def test_what_can_be_read_now_becomes_a_message(
    channel: Channel, network: Network, dewi: User
) -> None:
    bad = make_bad(channel)
    assert tray.read_again(item=bad, by=dewi)
    assert network.asked == [("mentions", {"id": "1"})]
    assert Message.objects.get().external_id == "31"
    bad.refresh_from_db()
    assert (bad.state, bad.settled_at is not None) == ("read", True)
    event = AuditEvent.objects.get(verb="inbox.tray.read_again")
    assert (event.actor, event.data["why"]) == (dewi, "ValueError: odd")


def test_what_is_settled_and_met_again_is_not_news(
    channel: Channel, network: Network, dewi: User
) -> None:
    tray.discard(entry=make_bad(channel), reason="spam", by=dewi)
    make_bad(channel)
    assert BadItem.objects.get().state == "dropped"
    assert tray.waiting(user=dewi) == 0


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (BadPayload("still odd"), "still odd"),
        (Unsupported("cannot be asked"), "cannot be asked"),
        (FetchPage((), None, None, (Unreadable("KeyError: 'text'", {}),)), "KeyError: 'text'"),
    ],
)
def test_what_is_still_odd_stays_with_its_reason(
    channel: Channel, network: Network, dewi: User, page: Any, reason: str
) -> None:
    bad, network.page = make_bad(channel), page
    assert not tray.read_again(item=bad, by=dewi)
    bad.refresh_from_db()
    assert (bad.state, bad.reason, bad.attempts) == ("unread", reason, 1)
    assert Message.objects.count() == 0


def test_a_network_that_cannot_be_asked_changes_nothing(
    channel: Channel, network: Network, dewi: User
) -> None:
    bad, network.page = make_bad(channel), TransientError("down")
    with pytest.raises(CannotRead, match="down"):
        tray.read_again(item=bad, by=dewi)
    bad.refresh_from_db()
    assert (bad.state, bad.attempts) == ("unread", 0)


def test_two_admins_settle_it_once(channel: Channel, network: Network, dewi: User) -> None:
    bad, receipt = make_bad(channel), make_receipt(channel)
    tray.discard(entry=bad, reason="seen on X", by=dewi)
    tray.discard(entry=receipt, reason="seen on X", by=dewi)
    for act in (
        lambda: tray.read_again(item=bad, by=dewi),
        lambda: tray.discard(entry=bad, reason="again", by=dewi),
        lambda: tray.discard(entry=receipt, reason="again", by=dewi),
        lambda: tray.read_receipt_again(receipt=receipt, by=dewi),
    ):
        with pytest.raises(StaleState):
            act()
    assert AuditEvent.objects.filter(verb="inbox.tray.discarded").count() == 2


def test_discarding_takes_a_reason_that_stays(channel: Channel, dewi: User) -> None:
    bad = make_bad(channel)
    with pytest.raises(BadInput):
        tray.discard(entry=bad, reason="  ", by=dewi)
    tray.discard(entry=bad, reason="an advertisement", by=dewi)
    assert AuditEvent.objects.get(verb="inbox.tray.discarded").data["reason"] == "an advertisement"


def test_all_are_read_again_by_workers(channel: Channel, network: Network, dewi: User) -> None:
    for number in range(3):
        make_bad(channel, number)
    receipt, other = make_receipt(channel), make_receipt(make_channel(), 2)
    assert tray.read_all_again(channel_id=channel.pk, by=dewi) == 4
    receipt.refresh_from_db()
    other.refresh_from_db()
    assert (receipt.state, receipt.attempts, other.state) == ("received", 0, "failed")
    read_tray_again(channel.pk, dewi.pk)
    assert len(network.asked) == 3
    assert not BadItem.objects.unread().exists()


def test_going_through_stops_where_the_network_cannot_be_asked(
    channel: Channel, network: Network, dewi: User
) -> None:
    for number in range(3):
        make_bad(channel, number)
    network.page = TransientError("down")
    tray.go_through(channel_id=channel.pk, by=dewi)
    assert len(network.asked) == 1
    assert BadItem.objects.unread().count() == 3


def test_managers_look_and_admins_settle(channel: Channel, ben: User, ana: User) -> None:
    bad = make_bad(channel)
    assert (tray.waiting(user=ben), tray.waiting(user=ana)) == (1, 0)
    for act in (
        lambda: tray.read_again(item=bad, by=ben),
        lambda: tray.read_all_again(channel_id=None, by=ben),
        lambda: tray.discard(entry=bad, reason="no", by=ben),
        lambda: tray.read_receipt_again(receipt=make_receipt(), by=ben),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_manager_of_another_team_sees_none_of_it(channel: Channel, ben: User, dewi: User) -> None:
    make_bad(channel)
    make_receipt(channel)
    make_receipt(None, 2)  # of no known channel: for those who see everything
    Channel.objects.update(team=Team.objects.create(name="Night"))
    assert tray.waiting(user=User.objects.get(pk=ben.pk)) == 0
    assert tray.waiting(user=dewi) == 3


def test_the_page_shows_hostile_payloads_as_text_and_no_secret(
    channel: Channel, client: Client, dewi: User
) -> None:
    raw = {"id": "1", "text": "<script>alert(1)</script>", "access_token": "SECRET-1"}
    odd = Unreadable("<b>odd</b>", raw)
    bad_items.keep(channel=channel, stream="mentions", problems=[odd])
    Receipt.objects.create(
        network="x", digest="d", body=b'{"oauth_token": "SECRET-2\xff\x00', state="failed",
        error="not JSON", next_try_at=timezone.now(),
    )  # fmt: skip
    client.force_login(dewi)
    page = client.get("/channels/tray/").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;odd" in page
    assert "SECRET" not in page


def test_the_page_settles_through_its_buttons(
    channel: Channel, network: Network, client: Client, dewi: User
) -> None:
    bad, receipt = make_bad(channel), make_receipt(channel)
    client.force_login(dewi)
    address = f"/channels/tray/item/{bad.pk}"
    assert client.post(f"{address}/discard/", {"reason": ""}).status_code == 422
    assert client.post(f"{address}/retry/").status_code == 302
    htmx = {"hx-request": "true"}
    answer = client.post(f"/channels/tray/delivery/{receipt.pk}/retry/", headers=htmx)
    assert "Everything could be read" in answer.text
    assert client.post(f"/channels/tray/nothing/{bad.pk}/retry/").status_code == 404
    assert Receipt.objects.get().state == "received"


def test_what_waits_is_counted_in_the_rail_and_on_the_channel(
    channel: Channel, client: Client, dewi: User
) -> None:
    make_bad(channel)
    make_receipt(channel)
    client.force_login(dewi)
    assert client.get("/attention/count/").text == "2"
    assert "2 things that networks sent" in client.get("/attention/").text
    for address in ("/channels/", channel.get_absolute_url()):
        assert "2 items could not be read" in client.get(address).text
