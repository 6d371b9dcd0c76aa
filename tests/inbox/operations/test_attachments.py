"""What hangs on messages: noted with them, fetched afterwards, over HTTP from practice networks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    Elsewhere,
    RateLimited,
    Rejected,
    TransientError,
)
from inbox.connectors.received import Document
from inbox.connectors.types import InboundAttachment
from inbox.lib.errors import InvalidTransition, NotAllowed
from inbox.models import Attachment, AuditEvent, Channel, Conversation, StoredFile, User
from inbox.operations import attachments, channels, fetching, files
from inbox.operations.ingest import ingest
from tests import inbound
from tests.factories import make_attachment, make_channel, make_conversation, make_message
from tests.inbox.operations import test_feeds as feeds
from tests.inbox.practice.feed.server import Server as FeedServer
from tests.inbox.practice.feed.server import entry, server
from tests.inbox.practice.mastodon.server import Server as Mastodon
from tests.inbox.practice.server import CLIENT_ID, CLIENT_SECRET, Practice, practice
from tests.mastodon_desk import connect, read_all
from tests.pictures import make_picture

__all__ = ["practice", "server"]  # fixtures
pytestmark = pytest.mark.django_db

PICTURE = InboundAttachment("m1", "image", "https://files.example/a.png", name="a.png")


class Files:
    """A connector that hands out what it is told to, or raises it; `asked` keeps the addresses."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def fetch_attachment(self, url: str, *, max_bytes: int) -> Document:
        self.asked.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Document(200, {}, answer, url)


@pytest.fixture
def hand_out(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_up(*answers: bytes | Exception) -> Files:
        made = Files(*answers)
        monkeypatch.setattr(channels, "connector_for", lambda channel: made)
        return made

    return set_up


def waiting(channel: Channel, **fields: Any) -> Attachment:
    return make_attachment(make_conversation(channel).messages.get(), state="waiting", **fields)


def retry_now() -> None:
    Attachment.objects.update(next_try_at=timezone.now())


# -- noting ------------------------------------------------------------------------------------
def test_a_message_brings_what_hangs_on_it_once(channel: Channel) -> None:
    item = inbound.item(1, attachments=(PICTURE, PICTURE))
    for _time in range(2):
        ingest(channel=channel, messages=[item])
    row = Attachment.objects.get()
    assert (row.state, row.kind, row.name) == ("waiting", "image", "a.png")
    assert Conversation.objects.get().has_attachments


def test_what_a_delivery_left_out_a_poll_brings_once(channel: Channel) -> None:
    ingest(channel=channel, messages=[inbound.item(1)])
    for _poll in range(2):
        item = inbound.item(1, attachments=(PICTURE,))
        ingest(channel=channel, messages=[item])
    assert [row.url for row in Attachment.objects.all()] == [PICTURE.url]
    assert Conversation.objects.get().has_attachments


def test_our_own_pictures_do_not_mark_a_conversation(channel: Channel) -> None:
    ingest(channel=channel, messages=[inbound.item(1)])
    ingest(channel=channel, messages=[inbound.ours(2, parent=1, attachments=(PICTURE,))])
    assert Attachment.objects.count() == 1
    assert not Conversation.objects.get().has_attachments


def test_an_edit_adds_and_takes_away_and_nothing_is_lost(channel: Channel) -> None:
    ingest(channel=channel, messages=[inbound.item(1, attachments=(PICTURE,))])
    other = InboundAttachment("m2", "image", "https://files.example/b.png", description="A bee")
    edited = inbound.item(1, "now with a bee", version_id="1b", attachments=(other,))
    ingest(channel=channel, messages=[edited])
    old, new = Attachment.objects.all()
    assert old.removed_at
    assert (new.description, new.removed_at) == ("A bee", None)


def test_a_message_without_words_is_known_by_what_it_shows(channel: Channel) -> None:
    shown = InboundAttachment("m1", "image", "https://files.example/a.png", description="Error 503")
    ingest(channel=channel, messages=[inbound.item(1, "", attachments=(shown,))])
    assert Conversation.objects.get().preview in ("", "Error 503")
    ingest(channel=channel, messages=[inbound.item(2, "", parent=1, attachments=(shown,))])
    assert Conversation.objects.get().preview == "Error 503"


def test_a_merge_keeps_the_mark(channel: Channel) -> None:
    ours = inbound.ours(1)
    child = inbound.item(3, parent=2, root=1, attachments=(PICTURE,))
    ingest(channel=channel, messages=[ours])
    ingest(channel=channel, messages=[child])
    ingest(channel=channel, messages=[inbound.item(2, parent=1, root=1, is_reply_to_us=True)])
    row = Conversation.objects.get()
    assert row.messages.count() == 2
    assert row.has_attachments


# -- fetching ----------------------------------------------------------------------------------
def test_what_comes_is_kept_with_a_small_copy(channel: Channel, hand_out: Any) -> None:
    row = waiting(channel)
    hand_out(make_picture(900, 600))
    assert fetching.fetch_due() == 1
    row.refresh_from_db()
    assert row.state == "stored"
    assert row.file is not None
    assert (row.file.content_type, row.file.width, row.file.height) == ("image/png", 900, 600)
    assert row.file.content.read() == make_picture(900, 600)
    assert row.family == "image"
    assert fetching.fetch_due() == 0


def test_the_same_bytes_are_kept_once(channel: Channel, hand_out: Any) -> None:
    first, second = waiting(channel), waiting(channel)
    hand_out(make_picture(shade=31))
    assert fetching.fetch_due() == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.file_id == second.file_id


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "application/octet-stream"),
        (b"<html><script>alert(1)</script>", "application/octet-stream"),
        (b"\x89PNG\r\n\x1a\n and nothing of one", "image/png"),
        (b"%PDF-1.7", "application/pdf"),
    ],
)
def test_what_we_cannot_check_is_only_there_to_be_saved(
    channel: Channel, hand_out: Any, content: bytes, kind: str
) -> None:
    row = waiting(channel, declared_type="image/png")
    hand_out(content)
    fetching.fetch_due()
    row.refresh_from_db()
    assert row.file is not None
    assert (row.state, row.file.content_type, row.family) == ("stored", kind, "file")
    assert not row.file.thumbnail


def test_the_large_and_the_empty_are_refused(
    channel: Channel, hand_out: Any, settings: Any
) -> None:
    settings.ATTACHMENT_BYTES = 1000
    declared = waiting(channel, declared_size=1001)
    real = waiting(channel)
    asked = hand_out(BadPayload("too much", code="too_large"))
    fetching.fetch_due()
    assert asked.asked == [real.url]
    empty = waiting(channel)
    hand_out(b"")
    fetching.fetch_due()
    for row, reason in ((declared, "too_large"), (real, "too_large"), (empty, "empty")):
        row.refresh_from_db()
        assert (row.state, row.reason) == ("refused", reason)


def test_a_bomb_is_refused(
    channel: Channel, hand_out: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.lib.pictures.MOST_PIXELS", 100)
    row = waiting(channel)
    hand_out(make_picture(11, 10))
    fetching.fetch_due()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("refused", "too_many_pixels")
    assert not StoredFile.objects.filter(width=11).exists()


def test_a_final_no_is_told_in_the_networks_words(channel: Channel, hand_out: Any) -> None:
    row = waiting(channel)
    hand_out(Rejected("It is gone.", status=404))
    fetching.fetch_due()
    row.refresh_from_db()
    assert (row.state, row.reason, row.detail) == ("failed", "denied", "It is gone.")


@pytest.mark.parametrize(
    "error",
    [TransientError("no answer"), AuthExpired("sign in again"), ValueError("our own slip")],
)
def test_trouble_is_waited_out_but_not_for_ever(
    channel: Channel, hand_out: Any, error: Exception
) -> None:
    row = waiting(channel)
    hand_out(error)
    waits = []
    for _time in range(fetching.MOST_ATTEMPTS):
        began = timezone.now()
        assert fetching.fetch_due() == 1
        row.refresh_from_db()
        waits.append(round((row.next_try_at - began).total_seconds()))
        retry_now()
    assert waits[:4] == [10, 20, 40, 80]
    assert (row.state, row.reason) == ("failed", "unreachable")
    assert row.detail
    assert Channel.objects.get(pk=channel.pk).health == "ok"  # a file host is not the network


def test_a_network_that_asks_us_to_wait_is_heard(channel: Channel, hand_out: Any) -> None:
    row = waiting(channel)
    hand_out(RateLimited("slowly", retry_after=300))
    fetching.fetch_due()
    row.refresh_from_db()
    assert row.next_try_at > timezone.now() + timedelta(seconds=290)


def test_a_file_that_moved_is_found_there(channel: Channel, hand_out: Any) -> None:
    row = waiting(channel)
    moved = Elsewhere("moved", addresses=["https://b.example/1"], instead_of=row.url)
    asked = hand_out(moved, make_picture(shade=7))
    fetching.fetch_due()
    row.refresh_from_db()
    assert row.state == "stored"
    assert asked.asked == [row.url, "https://b.example/1"]


def test_a_paused_channel_is_left_alone(channel: Channel, hand_out: Any) -> None:
    waiting(channel)
    Channel.objects.update(is_paused=True)
    asked = hand_out(make_picture())
    assert fetching.fetch_due() == 0
    assert not fetching.is_due(now=timezone.now())
    assert asked.asked == []


def test_what_a_lost_worker_held_is_taken_up_again_and_given_up_in_the_end(
    channel: Channel, hand_out: Any
) -> None:
    row = waiting(channel)
    now = timezone.now()
    held = Attachment.objects.filter(pk=row.pk)
    held.update(leased_until=now + timedelta(seconds=60), attempts=1)
    hand_out(make_picture())
    assert fetching.fetch_due() == 0
    held.update(leased_until=now, attempts=fetching.MOST_ATTEMPTS)
    assert fetching.fetch_due() == 1
    row.refresh_from_db()
    assert (row.state, row.reason) == ("failed", "broken")


def test_a_worker_that_was_overtaken_writes_nothing(channel: Channel, hand_out: Any) -> None:
    row = waiting(channel)
    overtaken = fetching._claim(timezone.now())
    assert overtaken is not None
    Attachment.objects.filter(pk=row.pk).update(attempts=2)
    fetching._end(overtaken, "failed", "denied")
    row.refresh_from_db()
    assert row.state == "waiting"


def test_a_storm_does_not_take_all_workers(channel: Channel) -> None:
    for _number in range(fetching.AT_ONCE + 1):
        waiting(channel)
    now = timezone.now()
    assert all(fetching._claim(now) for _number in range(fetching.AT_ONCE))
    assert fetching._claim(now) is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_bytes_keep_them_once() -> None:
    content, found = make_picture(shade=77), []
    start = threading.Barrier(2)

    def keep() -> None:
        try:
            start.wait(10)
            found.append(files.keep_file(content).pk)
        finally:
            connection.close()

    workers = [threading.Thread(target=keep) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert len(found) == 2
    assert len(set(found)) == 1


# -- people ------------------------------------------------------------------------------------
def test_people_have_it_fetched_again(channel: Channel, ana: User, hand_out: Any) -> None:
    row = waiting(channel)
    hand_out(Rejected("not yet", status=404))
    fetching.fetch_due()
    row.refresh_from_db()
    attachments.try_again(attachment=row, by=ana)
    hand_out(make_picture())
    fetching.fetch_due()
    row.refresh_from_db()
    assert row.state == "stored"
    assert AuditEvent.objects.get(verb="inbox.attachment.retried").actor == ana
    with pytest.raises(InvalidTransition):
        attachments.try_again(attachment=row, by=ana)


def test_who_reads_along_fetches_nothing(channel: Channel, cleo: User) -> None:
    row = make_attachment(make_conversation(channel).messages.get(), state="failed")
    with pytest.raises(NotAllowed):
        attachments.try_again(attachment=row, by=cleo)


# -- the end -----------------------------------------------------------------------------------
def test_files_of_erased_messages_go_with_their_last_use(
    channel: Channel, django_capture_on_commit_callbacks: Any
) -> None:
    conversation = make_conversation(channel, messages=0)
    one, two = make_message(conversation), make_message(conversation)
    shared, lone = make_picture(shade=201), make_picture(shade=202)
    names = [
        make_attachment(message, content=content).file.content.name  # type: ignore[union-attr]
        for message, content in ((one, shared), (two, shared), (one, lone))
    ]
    one.delete()
    StoredFile.objects.update(created_at=timezone.now() - timedelta(hours=2))
    with django_capture_on_commit_callbacks(execute=True):
        assert files.prune_files() == 1
    assert default_storage.exists(names[0])
    assert not default_storage.exists(names[2])
    assert StoredFile.objects.count() == 1


# -- over HTTP ---------------------------------------------------------------------------------
@pytest.fixture
def practised(settings: Any) -> Iterator[None]:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    yield
    channels.http.cache_clear()


def is_stored(row: Attachment) -> None:
    assert row.state == "stored", (row.reason, row.detail)
    assert row.file is not None
    assert (row.file.content_type, row.file.width) == ("image/png", 640)


def test_a_picture_on_x_arrives(practised: None, practice: Practice, settings: Any) -> None:
    us = practice.user("codero")
    settings.NETWORKS = {
        "x": {
            "api_url": practice.url,
            "authorize_url": f"{practice.url}/i/oauth2/authorize",
            "token_url": f"{practice.url}/2/oauth2/token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
    }
    token = practice.token_for("codero")["access_token"]
    channel = make_channel(
        external_id=us["id"], handle="codero", is_practice=True, secrets={"access_token": token}
    )
    shown = [{"words": "503", "alt": "Screenshot: 503"}, {"words": "Still 503"}]
    practice.post("rina", "@codero down?", media=shown)
    read_all(channel)
    fetching.fetch_due()
    first, second = Attachment.objects.all()
    is_stored(first)
    is_stored(second)
    assert [first.description, second.description] == ["Screenshot: 503", ""]
    assert first.message.text == "@codero down?"  # without the link that X adds for pictures


def test_a_picture_on_mastodon_arrives(practised: None, tmp_path: Path) -> None:
    with Mastodon(tmp_path / "mastodon") as network:
        channel = connect(network)
        network.post(
            "rina", "@brand down?", media=[{"words": "503", "description": "Screenshot: 503"}]
        )
        read_all(channel)
        fetching.fetch_due()
    row = Attachment.objects.get()
    is_stored(row)
    assert row.description == "Screenshot: 503"
    assert row.message.text == "@brand@practice.example down?"  # and no "[image]"


def test_a_picture_of_a_feed_arrives(practised: None, server: FeedServer) -> None:
    channel = feeds.connect(server.feed(add=[entry(1, picture="Flames at hall 2")]))
    feeds.poll(channel)
    fetching.fetch_due()
    row = Attachment.objects.get()
    is_stored(row)
    assert row.declared_type == "image/png"
