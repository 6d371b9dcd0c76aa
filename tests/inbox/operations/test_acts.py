"""Acts on a network: who may, what is impossible and why, and that each ends in a clear outcome."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox.connectors.errors import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
)
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import Act, AuditEvent, Channel, Conversation, LiveEvent, Message, User
from inbox.operations import acts, channels
from inbox.tasks import sweep_acts
from tests.factories import (
    make_author,
    make_channel,
    make_conversation,
    make_message,
    make_user,
)

pytestmark = pytest.mark.django_db
Kind = Act.Kind


class Network:
    """Notes what it is told to do; an error is raised once, before or instead."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.fail: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        def call(*values: Any, **named: Any) -> None:
            if self.fail:
                error, self.fail = self.fail, None
                raise error
            self.calls.append((name, *map(str, values), *named.values()))

        return call


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    found = Network()
    monkeypatch.setattr(channels, "connector_for", lambda channel: found)
    monkeypatch.setattr(channels, "note_trouble", lambda **_: None)
    return found


@pytest.fixture
def conversation(db: None) -> Conversation:
    """On Mastodon, which can do everything but hide."""
    return make_conversation(make_channel(network="mastodon"))


@pytest.fixture
def message(conversation: Conversation) -> Message:
    return conversation.messages.get()


def ours(conversation: Conversation) -> Message:
    return make_message(conversation, direction="outgoing", author=None)


def finish(act: Act) -> Act:
    Act.objects.filter(pk=act.pk).update(next_try_at=timezone.now())
    acts.perform(act_id=act.pk)
    return Act.objects.get(pk=act.pk)


@pytest.mark.parametrize(
    ("kind", "role"),
    [(kind, "agent" if kind in acts.ENGAGING else "manager") for kind in Kind.values],
)
def test_who_may_do_what(
    conversation: Conversation, network: Network, kind: str, role: str
) -> None:
    channel = conversation.channel
    if kind == "hide":
        channel = make_channel()
    thread = make_conversation(channel)
    message = ours(thread) if kind == "delete" else thread.messages.get()
    roles = {"agent": {"agent", "manager", "admin"}, "manager": {"manager", "admin"}}[role]
    for each in ("auditor", "agent", "manager", "admin"):
        by = make_user(role=each)
        if each in roles:
            act = acts.ask(message=message, kind=kind, by=by, words="threats")
            assert act.kind == kind
        else:
            with pytest.raises(NotAllowed):
                acts.ask(message=message, kind=kind, by=by, words="threats")


def test_every_kind_reaches_the_network_once(
    conversation: Conversation, message: Message, network: Network, ben: User
) -> None:
    person = message.author.external_id
    own = ours(conversation)
    for kind in ("like", "follow", "mute", "block"):
        assert finish(acts.ask(message=message, kind=kind, by=ben)).state == "done"
    finish(acts.ask(message=message, kind="report", by=ben, words="threats"))
    finish(acts.ask(message=own, kind="delete", by=ben))
    assert network.calls == [
        ("like", message.external_id),
        ("follow", person),
        ("mute", person),
        ("block", person),
        ("report", person, [message.external_id], "threats"),
        ("delete", own.external_id),
    ]
    own.refresh_from_db()
    assert own.deleted_at
    assert AuditEvent.objects.filter(verb="inbox.act.done", actor=None).count() == 6
    assert AuditEvent.objects.filter(verb="inbox.act.asked", actor=ben).count() == 6


def test_what_is_done_is_taken_back(message: Message, network: Network, ben: User) -> None:
    finish(acts.ask(message=message, kind="like", by=ben))
    undone = acts.ask(message=message, kind="like", by=ben, is_undo=True)
    assert finish(undone).state == "done"
    assert network.calls[-1] == ("take_back", "like", message.external_id)
    finish(acts.ask(message=message, kind="like", by=ben))
    assert [call[0] for call in network.calls] == ["like", "take_back", "like"]


def test_a_hidden_reply_is_shown_again(network: Network, ben: User) -> None:
    message = make_conversation(make_channel()).messages.get()
    finish(acts.ask(message=message, kind="hide", by=ben))
    finish(acts.ask(message=message, kind="hide", by=ben, is_undo=True))
    shown = message.external_id
    assert network.calls == [("hide", shown, True), ("hide", shown, False)]


def test_asking_twice_does_it_once(message: Message, network: Network, ben: User) -> None:
    first = acts.ask(message=message, kind="like", by=ben)
    assert acts.ask(message=message, kind="like", by=ben) == first
    finish(first)
    assert acts.ask(message=message, kind="like", by=ben) == first
    acts.perform(act_id=first.pk)
    assert len(network.calls) == 1


def test_a_person_is_followed_once_whatever_they_wrote(
    conversation: Conversation, message: Message, network: Network, ben: User
) -> None:
    first = finish(acts.ask(message=message, kind="follow", by=ben))
    other = make_message(conversation)
    assert acts.ask(message=other, kind="follow", by=ben) == first
    undo = acts.ask(message=other, kind="follow", by=ben, is_undo=True)
    assert finish(undo).state == "done"


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("hide", {}, "does not offer this"),
        ("delete", {}, "Only what we wrote"),
        ("like", {"direction": "outgoing"}, "our own"),
        ("like", {"is_private": True}, "Not for private"),
        ("like", {"deleted_at": timezone.now()}, "no longer there"),
    ],
)
def test_the_impossible_is_refused_with_its_reason(
    message: Message, ben: User, kind: str, change: dict[str, Any], words: str
) -> None:
    Message.objects.filter(pk=message.pk).update(**change)
    message = Message.objects.get(pk=message.pk)
    with pytest.raises(InvalidTransition, match=words):
        acts.ask(message=message, kind=kind, by=ben)
    assert not Act.objects.exists()


def test_a_channel_that_is_paused_does_nothing(message: Message, ben: User) -> None:
    Channel.objects.update(is_paused=True)
    with pytest.raises(InvalidTransition, match="paused"):
        acts.ask(message=Message.objects.get(pk=message.pk), kind="like", by=ben)


def test_nothing_to_take_back_and_nothing_said(message: Message, ben: User) -> None:
    with pytest.raises(InvalidTransition, match="nothing to take back"):
        acts.ask(message=message, kind="like", by=ben, is_undo=True)
    with pytest.raises(InvalidTransition, match="cannot take this back"):
        acts.ask(message=message, kind="report", by=ben, is_undo=True)
    with pytest.raises(BadInput):
        acts.ask(message=message, kind="report", by=ben, words=" ")


def test_a_refusal_keeps_the_networks_words(message: Message, network: Network, ben: User) -> None:
    network.fail = Rejected("You cannot like your own complaint.")
    act = finish(acts.ask(message=message, kind="like", by=ben))
    assert (act.state, act.outcome) == ("refused", "You cannot like your own complaint.")
    assert acts.ask(message=message, kind="like", by=ben) != act  # it may be asked for again


@pytest.mark.parametrize(
    "error", [TransientError("busy"), RateLimited("wait", retry_after=60), AuthExpired("renewed")]
)
def test_what_was_not_accepted_is_tried_again(
    message: Message, network: Network, ben: User, error: Exception
) -> None:
    act = acts.ask(message=message, kind="like", by=ben)
    network.fail = error
    assert finish(act).state == "queued"
    assert acts.due(now=timezone.now()) == []
    act = finish(act)
    assert (act.state, act.outcome, act.attempts) == ("done", "", 2)


def test_in_the_end_it_is_given_up(message: Message, network: Network, ben: User) -> None:
    act = acts.ask(message=message, kind="like", by=ben)
    for _time in range(acts.MOST_ATTEMPTS):
        network.fail = TransientError("busy")
        act = finish(act)
    assert (act.state, act.outcome) == ("refused", "busy")


def test_an_outcome_nobody_knows_is_done_again_where_that_does_no_harm(
    message: Message, network: Network, ben: User
) -> None:
    like = acts.ask(message=message, kind="like", by=ben)
    network.fail = OutcomeUnknown("cut")
    assert finish(like).state == "queued"
    assert finish(like).state == "done"
    report = acts.ask(message=message, kind="report", by=ben, words="threats")
    network.fail = OutcomeUnknown("cut")
    assert finish(report).state == "unknown"


@pytest.mark.parametrize(("kind", "state"), [("like", "done"), ("report", "unknown")])
def test_a_worker_that_died_in_the_middle(
    message: Message, network: Network, ben: User, kind: str, state: str
) -> None:
    act = acts.ask(message=message, kind=kind, by=ben, words="threats")
    held = {"state": "doing", "leased_until": timezone.now() + timedelta(seconds=45)}
    Act.objects.update(**held)
    acts.perform(act_id=act.pk)
    assert network.calls == []
    Act.objects.update(leased_until=timezone.now())
    sweep_acts()
    acts.perform(act_id=act.pk)
    assert Act.objects.get().state == state


def test_a_bug_of_ours_is_no_success(message: Message, network: Network, ben: User) -> None:
    act = acts.ask(message=message, kind="like", by=ben)
    network.fail = ZeroDivisionError()
    assert finish(act).state == "unknown"


def test_open_screens_hear_of_it(message: Message, network: Network, ben: User) -> None:
    finish(acts.ask(message=message, kind="like", by=ben))
    assert LiveEvent.objects.filter(kind="conversation").count() == 2


def test_the_menu_offers_what_is_possible_and_says_why_not(
    message: Message, network: Network, client: Client, ben: User, ana: User
) -> None:
    conversation = message.conversation
    address = reverse("inbox:act", args=[conversation.pk, message.pk])
    client.force_login(ana)
    page = client.get(conversation.get_absolute_url()).text
    assert address in page
    assert 'value="like"' in page
    assert 'value="block"' not in page  # not an agent's
    client.force_login(ben)
    page = client.get(conversation.get_absolute_url()).text
    assert 'value="block"' in page
    assert "Mastodon does not offer this." in page
    finish(acts.ask(message=message, kind="like", by=ben))
    page = client.get(conversation.get_absolute_url()).text
    assert "Take the like back" in page
    assert "Like: Done" in page


def test_the_button_asks_and_the_answer_says_so(
    conversation: Conversation, message: Message, client: Client, ana: User, cleo: User
) -> None:
    address = reverse("inbox:act", args=[conversation.pk, message.pk])
    client.force_login(ana)
    answer = client.post(address, {"kind": "like"}, headers={"hx-request": "true"})
    assert "Like: on its way." in answer["HX-Trigger"]
    assert client.post(address, {"kind": "block"}).status_code == 403
    assert client.post(address, {"kind": "nonsense"}).status_code == 422
    client.force_login(cleo)
    assert client.post(address, {"kind": "like"}).status_code == 403
    assert address not in client.get(conversation.get_absolute_url()).text


def test_a_message_of_another_conversation_is_not_found(
    conversation: Conversation, client: Client, ben: User
) -> None:
    other = make_conversation().messages.get()
    client.force_login(ben)
    address = reverse("inbox:act", args=[conversation.pk, other.pk])
    assert client.post(address, {"kind": "like"}).status_code == 404


def test_a_message_is_drawn_anew_when_an_act_on_it_or_its_author_changes(
    message: Message, network: Network, client: Client, ben: User
) -> None:
    other = make_message(message.conversation)
    stranger = make_message(message.conversation, author=make_author())

    def marks() -> list[str]:
        page = client.get(message.conversation.get_absolute_url()).text
        return [
            re.findall(rf'id="m-{row.pk}"[^>]*data-seen="([^"]*)"', page)[0]
            for row in (message, other, stranger)
        ]

    client.force_login(ben)
    before = marks()
    follow = acts.ask(message=message, kind="follow", by=ben)
    asked = marks()
    assert [old == new for old, new in zip(before, asked, strict=True)] == [False, False, True]
    finish(follow)
    assert marks()[0] != asked[0]
