"""The living style guide: every part of the desk's pages, made by the templates that pages use."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.company import attach
from inbox.filters import QueueFilter
from inbox.models import Author, Channel, Column, Conversation, Label, Message, Note, User
from inbox.pickers import Lists
from inbox.views.door import DeskRequest, door
from inbox.views.thread import Item, Timeline

# Ink and the ground it stands on, as in static/css/tokens.css; the page measures what they are.
PAIRS = (
    ("text", "surface"),
    ("text", "canvas"),
    ("muted", "surface"),
    ("muted", "sunken"),
    ("faint", "surface"),
    ("accent", "surface"),
    ("on-accent", "accent"),
    ("on-danger", "danger-fill"),
    ("negative", "negative-soft"),
    ("warning", "warning-soft"),
    ("positive", "positive-soft"),
    ("private", "private-soft"),
    ("note", "note-soft"),
    ("freeze", "freeze-soft"),
    ("accent", "accent-soft"),
)
MARKS = (("line-strong", "surface"), ("focus", "surface"), ("note-line", "surface"))
SIZES = ("title", "head", "base", "list", "meta")
SPACES = ("s1", "s2", "s3", "s4", "s5", "s6")
NOWHERE = 10**15  # samples have numbers that no row will ever have
TONES = ("", "accent", "negative", "warning", "positive", "private", "note", "freeze")


@door("inbox.view_conversation")
def styleguide(request: DeskRequest) -> HttpResponse:
    """Colours, type, parts and states, in the theme of this browser."""
    conversations = _conversations()
    attach(conversations, reader=request.user)
    context = {
        "pairs": PAIRS,
        "marks": MARKS,
        "sizes": SIZES,
        "spaces": SPACES,
        "tones": TONES,
        "healths": ("positive", "warning", "negative"),
        "reaches": ("public", "private", "note"),
        "toasts": ("info", "positive", "warning", "danger"),
        "bars": ("info", "warning", "danger", "freeze", "positive"),
        "found": QueueFilter({}, user=request.user, lists=Lists(request.user)),
        "rows": conversations,
        "columns": Column.values,
        "conversation": conversations[0],
        "timeline": _timeline(conversations[0], request.user),
    }
    return render(request, "styleguide.html", context)


def _conversations() -> list[Conversation]:
    """Samples that are in no database: an urgent, a plain and a private one."""
    now = timezone.now()
    channel = Channel(pk=0, network="x", handle="brand", name=_("Your brand"))
    samples: list[dict[str, Any]] = [
        {"priority": 91, "sentiment": "negative", "waiting_since": now - timedelta(minutes=42)},
        {"priority": 52, "sentiment": "neutral", "waiting_since": now - timedelta(minutes=9)},
        {"priority": 30, "is_private": True, "waiting_since": now - timedelta(hours=3)},
        {"priority": 8, "sentiment": "positive", "waiting_since": None},
    ]
    authors = [
        Author(pk=0, name=_("A journalist"), handle="press", followers=128_000, is_verified=True),
        Author(pk=0, name=_("A customer"), handle="customer", followers=820),
        Author(pk=0, name=_("A customer"), handle="customer", followers=96),
        Author(pk=0, name=_("A fan"), handle="fan", followers=12),
    ]
    texts = [
        _("Your site is down since nine, what do you say to your customers?"),
        _("Is anybody there?"),
        _("My order number is in this message."),
        _("Thank you for the quick help!"),
    ]
    made = []
    for number, (facts, author, text) in enumerate(zip(samples, authors, texts, strict=True)):
        row = Conversation(
            pk=NOWHERE + number,
            channel=channel,
            author=author,
            preview=text,
            language="en",
            last_message_at=now,
            **facts,
        )
        # What the list asks the database for beside the row itself.
        label = Label(pk=NOWHERE, name=_("outage"), color="red")
        vars(row).update(shown_labels=[label][number:], is_unread=number == 0)
        made.append(row)
    return made


def _timeline(conversation: Conversation, reader: User) -> Timeline:
    """One message of each kind, and a note."""
    numbers = count(NOWHERE)
    now = timezone.now()
    common: dict[str, Any] = {"channel": conversation.channel, "sent_at": now}

    def theirs(text: str, **facts: Any) -> Message:
        person = conversation.author
        return Message(
            pk=next(numbers), author=person, direction="incoming", text=text, **common, **facts
        )

    def ours(text: str) -> Message:
        return Message(pk=next(numbers), direction="outgoing", sent_here=True, text=text, **common)

    remark = Note(
        pk=NOWHERE,
        author=reader,
        text=_("Called back; they are fine until tomorrow."),
        created_at=now,
    )
    messages = (
        theirs(conversation.preview, personal_data=[{"kind": "phone"}]),
        theirs(_("My order number is in this message."), is_private=True),
        ours(_("We are on it and tell you more within the hour.")),
        theirs(_("Never mind."), deleted_at=now),
    )
    items = [Item(now, message=message) for message in messages]
    return Timeline([*items, Item(now, note=remark)], "", ours(_("Our post of the morning.")))
