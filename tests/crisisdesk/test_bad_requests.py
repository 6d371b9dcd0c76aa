"""Whatever somebody types into an address or a form, the answer is words and never a crash."""

from __future__ import annotations

import itertools

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import Channel, Conversation, User
from tests.crisisdesk.test_permissions import PATTERNS, TABLE
from tests.factories import make_user
from tests.responses.build import make_queued, make_submitted

pytestmark = pytest.mark.django_db

ODD = [
    "",
    "0",
    "-1",
    "1.5",
    "1e9",
    "nan",
    "²",
    "٣",
    "9" * 30,
    str(2**63),
    "9" * 5000,
    "\x00",
    "a\x00b",
    "'\"><script>alert(1)</script>",
    "%",
    "_%\\",
    "\u202egnp.exe",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30",
    "cmFuay4wLjA",  # rank.0.0 as a page mark
    "cmFuay45OTk5OTk5OTk5OTk5OTk5OTk5OS4x",
    "////",
    "a" * 3000,
]
QUEUE = [
    "status", "sort", "assignee", "channel", "label", "sentiment", "language", "private", "waiting",
    "received", "q", "after",
]  # fmt: skip
ASKED = {
    "inbox:queue": QUEUE,
    "inbox:rows": [*QUEUE, "open", "ids"],
    "inbox:earlier": ["before"],
    "inbox:audit": ["actor", "verb", "since", "until", "conversation", "after"],
    "inbox:channel_connect": ["channel"],
    "inbox:channel_callback": ["state", "code"],
    "responses:approvals": ["queued"],
    "responses:approval": ["queued"],
}
DRAFTS = ("responses:approval", "responses:preview")
REPLY = ["text", "draft", "last", "base", "seen_version", "seen_at", "act"]
SENT = {
    "inbox:take": ["to"],
    "inbox:assign": ["to"],
    "inbox:snooze": ["until", "at", "seen"],
    "inbox:resolve": ["seen"],
    "inbox:note": ["text"],
    "inbox:label": ["name", "color"],
    "inbox:channel": ["name", "poll_seconds"],
    "inbox:channel_pause": ["paused"],
    "responses:save": REPLY,
    "responses:compose": REPLY,
    "responses:approval": [
        "content_hash", "comment", "text", "seen_version", "has_read", "decision"
    ],
    "responses:preview": ["text"],
    "responses:act": ["is_absent", "url", "seen_version"],
    "responses:policy": ["undo_seconds"],
}  # fmt: skip


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user("somebody", "admin")
    client.force_login(user)
    client.raise_request_exception = False
    return user


def addresses(name: str, pk: int) -> list[str]:
    made = {
        "pk": pk,
        "network": "x",
        "act": "retry",
        "label_pk": pk,
        "event_pk": pk,
        "delivery_pk": pk,
        "message_pk": pk,
        "stream_pk": pk,
        "kind": "item",
    }
    wanted = PATTERNS[name].pattern.converters
    kwargs = {key: value for key, value in made.items() if key in wanted}
    known = [reverse(name, kwargs=kwargs)]
    if "network" in wanted:
        known.append(reverse(name, kwargs={**kwargs, "network": "nowhere"}))
    return known


@pytest.mark.parametrize("name", ASKED)
def test_odd_questions_get_an_answer(
    client: Client, admin: User, conversation: Conversation, name: str
) -> None:
    make_submitted(conversation)
    # Questions are read before anybody looks who asks, so the page and its part take turns.
    turns = itertools.cycle([{}, {}, {"HX-Request": "true"}, {"HX-Request": "true"}, {}])
    for address in addresses(name, conversation.pk):
        for key, odd in itertools.product(ASKED[name], ODD):
            status = client.get(address, {key: odd}, headers=next(turns)).status_code
            assert status < 500, (address, key, odd, status)


@pytest.mark.parametrize("name", SENT)
def test_odd_forms_get_an_answer(
    client: Client, admin: User, channel: Channel, conversation: Conversation, name: str
) -> None:
    pk = make_queued(conversation, is_due=False).pk if name == "responses:act" else conversation.pk
    pk = channel.pk if name.startswith("inbox:channel") or name == "responses:policy" else pk
    pk = make_submitted(conversation).pk if name in DRAFTS else pk
    decent = {"seen_version": "1", "content_hash": "x", "text": "hello", "until": "own"}
    for address in addresses(name, pk):
        for key, odd in itertools.product(SENT[name], ODD):
            status = client.post(address, decent | {key: odd}).status_code
            assert status < 500, (address, key, odd, status)


NOTHING = ["0", str(2**63), "9" * 400, "-1", "a", "%00", "1%00"]


@pytest.mark.parametrize(
    "name", [name for name in TABLE if "pk" in PATTERNS[name].pattern.converters]
)
def test_numbers_of_nothing_are_not_found(client: Client, admin: User, name: str) -> None:
    for pk in NOTHING:
        address = addresses(name, 424242)[0].replace("424242", pk)
        assert client.get(address).status_code in (404, 405), address
        assert client.post(address).status_code in (404, 405), address


def test_a_body_without_end_is_refused(
    client: Client, admin: User, conversation: Conversation
) -> None:
    form = {"text": "a" * 5_000_000, "seen_version": "1"}
    for name in ("responses:save", "responses:compose", "inbox:note"):
        assert client.post(reverse(name, args=[conversation.pk]), form).status_code in (400, 413)
