"""Streams are read newest first, gaps are filled, nothing is lost, one worker at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.connectors.errors import AuthExpired, BadPayload, RateLimited, TransientError
from inbox.connectors.types import BadItem as Unreadable
from inbox.connectors.types import FetchPage, InboundMessage
from inbox.models import BadItem, Channel, Message, Stream
from inbox.operations import channels, ingest, sync
from inbox.triage.analyse import Analysis
from tests.inbound import ListNetwork, item

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> ListNetwork:
    network = ListNetwork()
    monkeypatch.setattr(channels, "connector_for", lambda channel: network)
    return network


@pytest.fixture
def stream(channel: Channel) -> Stream:
    return Stream.objects.get(channel=channel, name="mentions")


def stored() -> set[int]:
    return {int(value) for value in Message.objects.values_list("external_id", flat=True)}


def test_a_backlog_is_read_newest_first_to_the_end(network: ListNetwork, stream: Stream) -> None:
    network.items = [item(n) for n in range(1, 12)]
    sync.sync_stream(stream_id=stream.pk)
    stream.refresh_from_db()
    assert stored() == set(range(1, 12))
    assert (stream.head, stream.gaps) == ("11", [])
    assert [window.before for window in network.windows] == [None, "9", "6", "3"]


def test_what_is_new_is_not_starved_by_a_backlog(
    network: ListNetwork, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "GAP_PAGES", 1)
    network.items = [item(n) for n in range(1, 100)]
    sync.sync_stream(stream_id=stream.pk)
    network.items.append(item(200))
    sync.sync_stream(stream_id=stream.pk)
    assert 200 in stored()
    assert len(stored()) == 3 * 3 + 1
    stream.refresh_from_db()
    assert stream.next_poll_at <= timezone.now()  # gaps are left, so it is due at once


def test_gaps_survive_and_everything_arrives_once(
    network: ListNetwork, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "GAP_PAGES", 1)
    for batch in range(1, 6):
        network.items += [item(n) for n in range(batch * 100, batch * 100 + 10)]
        sync.sync_stream(stream_id=stream.pk)
    while Stream.objects.get(pk=stream.pk).gaps:
        sync.sync_stream(stream_id=stream.pk)
    assert stored() == {int(one.external_id) for one in network.items}


def test_a_failed_page_moves_no_cursor(network: ListNetwork, stream: Stream) -> None:
    network.items = [item(n) for n in range(1, 9)]
    network.fail = BadPayload("not JSON")
    sync.sync_stream(stream_id=stream.pk)
    stream.refresh_from_db()
    assert (stream.head, stream.failures, stream.last_error) == ("", 1, "not JSON")
    assert stream.last_success_at is None
    sync.sync_stream(stream_id=stream.pk)
    assert len(stored()) == 8


def test_a_second_worker_leaves_at_once(network: ListNetwork, stream: Stream) -> None:
    Stream.objects.update(leased_until=timezone.now() + timedelta(seconds=30))
    network.items = [item(1)]
    assert sync.sync_stream(stream_id=stream.pk) == 0
    assert network.windows == []


def test_a_dead_workers_lease_runs_out(network: ListNetwork, stream: Stream) -> None:
    Stream.objects.update(leased_until=timezone.now() - timedelta(seconds=1), lease_token="dead")
    network.items = [item(1)]
    assert sync.sync_stream(stream_id=stream.pk) == 1


def test_a_worker_that_lost_its_lease_stores_nothing(
    network: ListNetwork, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.items = [item(1)]
    fetch = network.fetch_page

    def slow_fetch(name: str, window: Any) -> FetchPage:
        Stream.objects.update(lease_token="somebody else")
        return fetch(name, window)

    monkeypatch.setattr(network, "fetch_page", slow_fetch)
    assert sync.sync_stream(stream_id=stream.pk) == 0
    assert stored() == set()


def test_a_rate_limit_is_waited_for(network: ListNetwork, stream: Stream) -> None:
    network.fail = RateLimited("slow down", retry_after=120)
    sync.sync_stream(stream_id=stream.pk)
    stream.refresh_from_db()
    wait = (stream.next_poll_at - timezone.now()).total_seconds()
    assert 110 < wait <= 120


def test_back_off_grows_and_is_bounded(network: ListNetwork, stream: Stream) -> None:
    waits = []
    for _ in range(8):
        network.fail = TransientError("down")
        sync.sync_stream(stream_id=stream.pk)
        stream.refresh_from_db()
        waits.append((stream.next_poll_at - timezone.now()).total_seconds())
    assert waits[0] < waits[1] < waits[2]
    assert waits[-1] <= sync.MAX_BACK_OFF


def test_an_expired_sign_in_is_renewed_once_then_the_channel_needs_login(
    network: ListNetwork, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "_connector", lambda channel: network)
    network.fail = AuthExpired("token expired")
    sync.sync_stream(stream_id=stream.pk)
    channel = Channel.objects.get()
    assert channel.health == "ok"
    assert channel.secrets["access_token"] == "new"
    network.fail = AuthExpired("still no")
    sync.sync_stream(stream_id=stream.pk)
    channel.refresh_from_db()
    assert (channel.health, channel.health_reason) == ("needs_login", "still no")
    assert sync.due_streams(now=timezone.now() + timedelta(hours=1)) == []


def test_an_unreadable_item_is_kept_and_the_page_is_not_lost(
    network: ListNetwork, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = FetchPage((item(1),), "1", None, (Unreadable("no author", {"id": "2"}),))
    monkeypatch.setattr(network, "fetch_page", lambda name, window: page)
    sync.sync_stream(stream_id=stream.pk)
    sync.sync_stream(stream_id=stream.pk)
    assert stored() == {1}
    assert BadItem.objects.get().raw == {"id": "2"}


def test_a_paused_channel_is_not_read(network: ListNetwork, stream: Stream) -> None:
    Channel.objects.update(is_paused=True)
    assert sync.due_streams(now=timezone.now()) == []
    assert sync.sync_stream(stream_id=stream.pk) == 0


def test_late_indexed_items_are_found_by_the_overlap(network: ListNetwork, stream: Stream) -> None:
    network.items = [item(10)]
    sync.sync_stream(stream_id=stream.pk)
    network.items += [item(20)]
    sync.sync_stream(stream_id=stream.pk)
    network.items += [item(15)]  # indexed after 20 was read
    sync.sync_stream(stream_id=stream.pk)
    assert 15 not in stored()
    for _ in range(2):
        Stream.objects.update(overlap_at=timezone.now() - sync.OVERLAP)
        sync.sync_stream(stream_id=stream.pk)
    assert 15 in stored()


def test_an_item_that_cannot_be_stored_costs_no_other(
    network: ListNetwork, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = ingest.analyse_item

    def stumble(one: InboundMessage) -> Analysis:
        if one.external_id == "2":
            raise ZeroDivisionError("a bug of ours")
        return judge(one)

    monkeypatch.setattr(ingest, "analyse_item", stumble)
    network.items = [item(1), item(2), item(3)]
    assert sync.sync_stream(stream_id=stream.pk) == 2
    stream.refresh_from_db()
    assert (stored(), stream.head, stream.failures) == ({1, 3}, "3", 0)
    assert BadItem.objects.get().reason == "ZeroDivisionError: a bug of ours"


def test_a_network_cannot_send_us_away_for_ever(network: ListNetwork, stream: Stream) -> None:
    network.fail = RateLimited("come back in another age", retry_after=1e18)
    sync.sync_stream(stream_id=stream.pk)
    stream.refresh_from_db()
    assert stream.next_poll_at < timezone.now() + timedelta(days=2)


def test_a_repost_counts_for_its_post_and_is_no_message(
    channel: Channel, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = iter(
        [
            FetchPage((item(1),), "1", None),
            FetchPage((), "9", None, reposts={"1": 120, "77": 5}),
        ]
    )
    network = ListNetwork()
    monkeypatch.setattr(network, "fetch_page", lambda name, window: next(pages))
    monkeypatch.setattr(channels, "connector_for", lambda channel: network)
    sync.sync_stream(stream_id=stream.pk)
    sync.sync_stream(stream_id=stream.pk)
    assert list(Message.objects.values_list("external_id", "reposts")) == [("1", 120)]
