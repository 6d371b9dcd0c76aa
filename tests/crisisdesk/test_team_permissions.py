"""Every role, in the team or not, at every address of a team's channel: hidden means absent.

A new kind of address (say, of an API) joins by an entry in DOORS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import (
    AuditEvent,
    BadItem,
    BulkJob,
    Channel,
    Conversation,
    Label,
    LiveEvent,
    Team,
    User,
)
from inbox.operations.bulk_running import run_job
from inbox.tail import Change, Reader, since
from responses.models import Reply
from tests.crisisdesk.test_permissions import METHODS, TABLE, address_of, form
from tests.factories import make_channel, make_conversation, make_user
from tests.responses.build import make_queued, make_submitted

pytestmark = pytest.mark.django_db

ROLES = ("agent", "manager", "admin", "auditor")
MARK = "Zanzibar"  # stands in everything that belongs to the team's channel
# Lists: they answer, but must be empty of what is hidden. Channel settings are for admins alone.
LISTS = (
    "inbox:queue",
    "inbox:rows",
    "inbox:frame",
    "inbox:held",
    "inbox:channels",
    "inbox:tray",
    "inbox:searches",
    "inbox:share",
    "inbox:share_export",
    "inbox:hits",
    "inbox:audit",
    "inbox:audit_export",
    "responses:approvals",
    "responses:approval_count",
    "responses:attention",
    "responses:attention_count",
)
THINGS = (
    "inbox:conversation",
    "inbox:fresh",
    "inbox:earlier",
    "inbox:take",
    "inbox:assign",
    "inbox:snooze",
    "inbox:resolve",
    "inbox:answered_outside",
    "inbox:reopen",
    "inbox:act",
    "inbox:note",
    "inbox:label",
    "inbox:unlabel",
    "inbox:undo",
    "inbox:author",
    "inbox:author_lists",
    "inbox:author_note",
    "inbox:author_link",
    "inbox:author_unlink",
    "inbox:author_block",
    "inbox:author_unblock",
    "inbox:author_restore",
    "inbox:held_restore",
    "inbox:attachment",
    "inbox:attachment_file",
    "inbox:attachment_small",
    "inbox:attachment_again",
    "inbox:channel",
    "inbox:channel_exchanges",
    "inbox:channel_follow",
    "inbox:tray_retry",
    "inbox:tray_discard",
    "inbox:channel_test",
    "inbox:channel_pause",
    "inbox:channel_team",
    "inbox:search",
    "inbox:search_pause",
    "inbox:search_delete",
    "responses:panel",
    "responses:statuses",
    "responses:save",
    "responses:compose",
    "responses:withdraw",
    "responses:draft_picture",
    "responses:reply_picture",
    "responses:approval",
    "responses:preview",
    "responses:news",
    "responses:act",
    "responses:policy",
)
ELSEWHERE = set(TABLE) - set(LISTS) - set(THINGS)  # these show nothing of any channel

QUEUED = ('mono">responses.reply.queued<', ",responses.reply.queued,")  # on the page, in the CSV

Open = Callable[[Client, str, str], Any]


def _page(client: Client, method: str, address: str) -> Any:
    return client.generic(method, address, *form(method))


def _fragment(client: Client, method: str, address: str) -> Any:
    return client.generic(method, address, *form(method), headers={"hx-request": "true"})


DOORS: dict[str, Open] = {"page": _page, "fragment": _fragment}
KINDS = ("conversation", "approvals", "attention", "channels", LiveEvent.ACCESS)


@pytest.fixture
def hidden() -> Conversation:
    """A conversation that a team is about to get, with its channel."""
    channel = make_channel(name=MARK, health=Channel.Health.BLIND)
    return make_conversation(channel, text=MARK, preview=MARK)


def hide(channel: Channel) -> None:
    channel.team = Team.objects.create(name="Day shift")
    channel.save(update_fields=["team"])


def person(role: str, is_in: bool, channel: Channel) -> User:
    user = make_user("somebody", role)
    if is_in:
        assert channel.team
        channel.team.members.add(user)
    return User.objects.get(pk=user.pk)


def sees(role: str, is_in: bool) -> bool:
    return is_in or role in ("admin", "auditor")


def test_every_address_is_sorted() -> None:
    """An address that shows something of a channel must be entered above, not fall through."""
    assert {name for name in ELSEWHERE if name.startswith("responses:")} == set()
    assert set(LISTS) | set(THINGS) <= set(TABLE)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("is_in", [True, False], ids=["in", "out"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", THINGS)
def test_what_is_hidden_is_absent(
    client: Client,
    hidden: Conversation,
    name: str,
    role: str,
    is_in: bool,
    door: str,
    record_property: Any,
) -> None:
    address = address_of(name, hidden.channel, hidden, make_user("insider", "admin"))
    hide(hidden.channel)
    user = person(role, is_in, hidden.channel)
    client.force_login(user)
    cells = 0
    for method in METHODS:
        answer = DOORS[door](client, method, address)
        cells += 1
        if method not in TABLE[name]:
            assert answer.status_code == 405, method
        elif role not in TABLE[name][method]:
            # A shared address may find the thing absent before it asks for the right to post.
            refusals = (403,) if sees(role, is_in) else (403, 404)
            assert answer.status_code in refusals, method
        elif not sees(role, is_in):
            assert answer.status_code == 404, (method, answer.status_code)
            assert MARK not in answer.content.decode()
        else:
            # 404 of a thing that is there would make every refusal above worth nothing.
            assert answer.status_code != 404, method
    record_property("cells", cells)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("is_in", [True, False], ids=["in", "out"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", LISTS)
def test_no_list_shows_what_is_hidden(
    client: Client,
    hidden: Conversation,
    name: str,
    role: str,
    is_in: bool,
    door: str,
    record_property: Any,
) -> None:
    if role not in TABLE[name]["GET"]:
        pytest.skip("this role does not get to this list at all")
    insider = make_user("insider", "admin")
    address = address_of(name, hidden.channel, hidden, insider)
    address += f"?ids={hidden.pk}" if name == "inbox:rows" else ""
    make_submitted(hidden, insider, text=f"We know, {MARK}.")
    reply = make_queued(make_conversation(hidden.channel, text=MARK), insider, is_due=False)
    Reply.objects.filter(pk=reply.pk).update(status="held", stop_code="late")
    if name == "inbox:tray":
        BadItem.objects.create(
            channel=hidden.channel, stream="mentions", reason=MARK, raw={}, digest="d"
        )
    hide(hidden.channel)
    client.force_login(person(role, is_in, hidden.channel))
    answer = DOORS[door](client, "GET", address)
    assert answer.status_code == 200
    body = b"".join(answer) if answer.streaming else answer.content
    text = body.decode()
    is_shown = text.strip() == "1" if name.endswith("_count") else MARK in text
    if name.startswith("inbox:audit"):
        is_shown = any(line in text for line in QUEUED)
    assert is_shown is sees(role, is_in)
    record_property("cells", 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_in", [True, False], ids=["in", "out"])
@pytest.mark.parametrize("role", ROLES)
def test_each_event_reaches_exactly_those_it_is_for(
    hidden: Conversation, role: str, is_in: bool, kind: str, record_property: Any
) -> None:
    hide(hidden.channel)
    user = person(role, is_in, hidden.channel)
    reader = Reader(user.pk, user.channel_ids)
    other = make_user("other")
    channel_id = hidden.channel_id
    cases = [
        (Change(kind, 1, channel_id), sees(role, is_in)),
        (Change(kind, None), True),
        (Change(kind, 1, channel_id, user.pk), sees(role, is_in)),
        (Change(kind, None, None, user.pk), True),
        (Change(kind, None, None, other.pk), False),
    ]
    first = LiveEvent.objects.create(kind="channels")
    for change, is_heard in cases:
        assert reader.may_hear(change) is is_heard, change
        row = LiveEvent.objects.create(
            kind=kind,
            conversation_id=change.conversation_id,
            channel_id=change.channel_id,
            user_id=change.user_id,
        )
        # Who comes back after a pause hears the same as who stayed.
        missed = since(first.pk, reader)
        assert (missed == [change]) is is_heard, change
        row.delete()
    record_property("cells", len(cases))


def test_the_matrix_is_whole(record_property: Any) -> None:
    """How many cells the tests above walk: things by methods, lists, events."""
    people, doors = len(ROLES) * 2, len(DOORS)
    readers = sum(len(TABLE[name]["GET"]) for name in LISTS) * 2
    cells = len(THINGS) * len(METHODS) * people * doors + readers * doors + len(KINDS) * 5 * people
    record_property("cells_in_all", cells)
    print(f"permission matrix: {cells} cells")
    assert cells > 2000


@pytest.mark.parametrize("act", ["resolve", "assign", "label"])
def test_a_bulk_act_leaves_what_is_hidden_alone(
    client: Client, hidden: Conversation, act: str
) -> None:
    hide(hidden.channel)
    user = person("manager", False, hidden.channel)
    label = Label.objects.create(name="outage")
    client.force_login(user)
    values = {"act": act, "to": user.pk, "label": label.pk}
    for choice in ({"pick": f"{hidden.pk}:1"}, {"is_all": "on", "is_confirmed": "on"}):
        client.post(reverse("inbox:bulk_start"), values | choice)
    for job in BulkJob.objects.all():
        run_job(job_id=job.pk)
        assert MARK not in client.get(reverse("inbox:bulk_job", args=[job.pk])).text
    assert BulkJob.objects.exists()
    assert not AuditEvent.objects.filter(conversation_id=hidden.pk).exists()
