"""What the page about an author shows: who it is, what was said, how it sounded over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Lower, TruncWeek
from django.utils import timezone

from inbox.models import Author, Block, Conversation, HeldBack, Message, PersonList, User

SHOWN = 30  # conversations
REPLIES = 10
SUGGESTED = 5
WEEKS = 12
SHORTEST_NAME = 4  # letters; shorter ones say little
BAR = 24  # units of the drawing, for a week with the space after it
TALLEST = 60  # units of the drawing, for the week with most


@dataclass(frozen=True)
class Bar:
    """One sentiment of one week: how many messages, and where the bar stands."""

    kind: str
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Week:
    """One week and its messages by sentiment."""

    begins: date
    negative: int
    neutral: int
    positive: int
    bars: list[Bar]


def author_context(author: Author, reader: User) -> dict[str, Any]:
    """Return everything on the page, in a fixed number of queries."""
    identities = identities_of(author, reader)
    ids = [one.pk for one in identities]
    theirs = Conversation.objects.visible_to(reader).filter(author__in=ids)
    rows = list(theirs.select_related("channel", "author").order_by("-last_message_at")[:SHOWN])
    said = _visible_messages(reader).filter(author__in=ids)
    ours = _visible_messages(reader).filter(conversation__author__in=ids, author=None)
    lists = author.lists
    return {
        "author": author,
        "identities": identities,
        "others": [one for one in identities if one != author],
        "suggestions": suggestions(author, reader, ids),
        "lists": [(name, label, name in lists) for name, label in PersonList.choices],
        "marks": [PersonList(name).label for name in lists],
        "notes": author.person.notes.select_related("author") if author.person else (),
        "conversations": rows,
        "conversation_count": theirs.count(),
        "message_count": said.count(),
        "replies": ours.select_related("conversation").order_by("-sent_at")[:REPLIES],
        "reply_count": ours.count(),
        "weeks": (found := weeks(said)),
        "weeks_width": max(len(found), 1) * BAR,
        "read_at": _read_at(author),
        "blocked": Block.objects.in_force(timezone.now()).filter(author=author).first(),
        "held_count": HeldBack.objects.visible_to(reader).waiting().filter(author=author).count(),
    }


def identities_of(author: Author, reader: User) -> list[Author]:
    """Return `author` and the linked identities that `reader` may know of."""
    if author.person is None:
        return [author]
    rows = Author.objects.visible_to(reader).filter(person=author.person)
    return sorted(rows.select_related("person"), key=lambda one: (one != author, one.pk))


def suggestions(author: Author, reader: User, known: list[int]) -> list[Author]:
    """Return identities of the same handle or name; whether it is the same person, people say."""
    handle = author.handle.partition("@")[0].lower()
    same = Q(lower_handle__in={handle, author.handle.lower()} - {""})
    if len(author.name) >= SHORTEST_NAME:
        same |= Q(lower_name=author.name.lower())
    rows = Author.objects.annotate(lower_handle=Lower("handle"), lower_name=Lower("name"))
    rows = rows.filter(same).exclude(pk__in=known)
    return list(rows.visible_to(reader).order_by("pk")[:SUGGESTED])


def weeks(said: Any) -> list[Week]:
    """Return the last weeks with something said, the oldest first."""
    since = timezone.now() - timedelta(weeks=WEEKS)
    rows = (
        said.filter(sent_at__gte=since)
        .order_by()
        .annotate(week=TruncWeek("sent_at"))
        .values("week", "sentiment")
        .annotate(count=Count("pk"))
    )
    found: dict[date, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["week"].date(), {})[row["sentiment"]] = row["count"]
    most = max((sum(counts.values()) for counts in found.values()), default=0)
    return [
        _week(begins, found[begins], number, most) for number, begins in enumerate(sorted(found))
    ]


def _week(begins: date, counts: dict[str, int], number: int, most: int) -> Week:
    kinds = ("negative", "neutral", "positive")
    bars, top = [], TALLEST
    for kind in kinds:
        height = round(counts.get(kind, 0) * TALLEST / most)
        top -= height
        bars.append(Bar(kind, counts.get(kind, 0), number * BAR, top, height))
    negative, neutral, positive = (counts.get(kind, 0) for kind in kinds)
    return Week(begins, negative, neutral, positive, bars)


def _visible_messages(reader: User) -> Any:
    rows = Message.objects.defer("raw").filter(conversation__isnull=False, is_context=False)
    return rows if reader.channel_ids is None else rows.filter(channel__in=reader.channel_ids)


def _read_at(author: Author) -> datetime:
    """Return when the network last told us of the author: with their latest message, or later."""
    newest = author.messages.order_by("-received_at").values_list("received_at", flat=True)
    return max(filter(None, (newest.first(), author.updated_at)))
