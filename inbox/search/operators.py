"""What each filter of the search box keeps, as a condition on conversations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.models import Author, Conversation, Message, Note, User
from inbox.pickers import Lists, languages
from inbox.search.query import Operator
from inbox.search.words import words

MOST_OF_ONE = 1000  # messages of one person, the newest; whoever wants more adds a filter

_AGO = re.compile(r"(\d{1,4})(h|d|w)")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class BadValue(Exception):
    """The value makes no sense; the message says what would."""


@dataclass
class Asked:
    """Who asks, and what there is to choose from; `is_cut` once there was more than is kept."""

    user: User
    lists: Lists
    now: datetime = field(default_factory=timezone.now)
    is_cut: bool = False


def condition(operator: Operator, asked: Asked) -> Q:
    """Return what `operator` keeps. Raises BadValue."""
    if operator.is_not and operator.name == "from":
        return _not_from(operator.value)
    kept = _READ[operator.name](operator.value, asked)
    return ~kept if operator.is_not else kept


def offer(name: str, rows: Callable[[], Any]) -> None:
    """Let `has:name` find conversations with one of `rows`; for apps above this one."""
    _HAS[name] = lambda: _one_of(rows())


def _one_of(rows: Any) -> Q:
    return Q(pk__in=rows.order_by().filter(conversation__isnull=False).values("conversation"))


def _any(model: type[Model], **fields: Any) -> Q:
    return _one_of(model._default_manager.filter(**fields))


def _from(value: str, asked: Asked) -> Q:
    # The ids themselves: from a subquery the planner cannot tell how few they are.
    people = list(_named_so(value).values_list("pk", flat=True)[: MOST_OF_ONE + 1])
    said = Message.objects.filter(author__in=people, conversation__isnull=False).order_by("-pk")
    found = list(said.values_list("conversation", flat=True)[: MOST_OF_ONE + 1])
    asked.is_cut |= max(len(people), len(found)) > MOST_OF_ONE
    return Q(pk__in=found[:MOST_OF_ONE])


def _not_from(value: str) -> Q:
    here = Message.objects.order_by().filter(conversation=OuterRef("pk"))
    return ~Q(Exists(here.filter(author__in=_named_so(value).values("pk"))))


def _named_so(value: str) -> QuerySet[Author]:
    handle = value.removeprefix("@")
    if not words(handle):
        raise BadValue(_("Write whose handle you look for, as from:@budi."))
    return Author.objects.annotate(lower=Lower("handle")).filter(lower=Lower(Value(handle)))


def _channel(value: str, asked: Asked) -> Q:
    wanted = value.removeprefix("@").casefold()
    seen = [row for row in asked.lists.channels if asked.user.sees(row.pk)]
    ids = [row.pk for row in seen if wanted in (row.handle.casefold(), row.name.casefold())]
    if not ids:
        _refuse(value, [row.name for row in seen])
    return Q(channel__in=ids)


def _is(value: str, asked: Asked) -> Q:
    read: Callable[[Asked], Q] = _named(value, _IS)
    return read(asked)


def _has(value: str, asked: Asked) -> Q:
    read: Callable[[], Q] = _named(value, _HAS)
    return read()


def _label(value: str, asked: Asked) -> Q:
    ids = {row.name.casefold(): row.pk for row in asked.lists.labels}
    links = Conversation.labels.through.objects.filter(label=_named(value, ids))
    return _one_of(links)


def _assignee(value: str, asked: Asked) -> Q:
    people = {str(row).casefold(): row.pk for row in asked.lists.people}
    people |= {row.username.casefold(): row.pk for row in asked.lists.people}
    choices = {"me": asked.user.pk, "nobody": None} | people
    return Q(assignee=_named(value.removeprefix("@"), choices))


def _lang(value: str, asked: Asked) -> Q:
    codes = dict(languages())
    if value.casefold() not in codes:
        raise BadValue(
            _("“%(value)s” is not the code of a language, as id or en.") % {"value": value}
        )
    return Q(language=value.casefold())


def _sentiment(value: str, asked: Asked) -> Q:
    return Q(sentiment=_named(value, {name: name for name in Conversation.Sentiment.values}))


def _before(value: str, asked: Asked) -> Q:
    return Q(last_message_at__lt=_moment(value, asked.now))


def _after(value: str, asked: Asked) -> Q:
    return Q(last_message_at__gte=_moment(value, asked.now))


def _moment(value: str, now: datetime) -> datetime:
    try:
        if ago := _AGO.fullmatch(value.lower()):
            return now - int(ago[1]) * _UNITS[ago[2]]
        day = date.fromisoformat(value)
        if not 1970 <= day.year < 3000:  # further out, no time zone can reckon
            raise ValueError(value)
        return timezone.make_aware(datetime.combine(day, time.min))
    except ValueError as error:
        raise BadValue(
            _("“%(value)s” is not a day as 2026-11-01 or an age as 7d (h, d or w).")
            % {"value": value}
        ) from error


def _named(value: str, choices: dict[str, Any]) -> Any:
    if value.casefold() not in choices:
        _refuse(value, list(choices))
    return choices[value.casefold()]


def _refuse(value: str, choices: list[str]) -> None:
    shown = ", ".join(choices[:12]) + (" …" if len(choices) > 12 else "")
    if not shown:
        raise BadValue(_("There is no “%(value)s”; there is none at all yet.") % {"value": value})
    raise BadValue(
        _("There is no “%(value)s”. There is: %(choices)s.") % {"value": value, "choices": shown}
    )


def _has_link() -> Q:
    # So many have one that each conversation is asked, instead of all messages at once.
    here = Message.objects.order_by().filter(conversation=OuterRef("pk"))
    return Q(Exists(here.filter(text__contains="://")))


_IS: dict[str, Callable[[Asked], Q]] = {
    "open": lambda asked: Q(status="open"),
    "pending": lambda asked: Q(status="pending"),
    "snoozed": lambda asked: Q(status="snoozed"),
    "resolved": lambda asked: Q(status="resolved"),
    "private": lambda asked: Q(is_private=True),
    "public": lambda asked: Q(is_private=False),
    "mine": lambda asked: Q(assignee=asked.user.pk),
    "unassigned": lambda asked: Q(assignee=None),
    "waiting": lambda asked: Q(waiting_since__isnull=False),
    "edited": lambda asked: _any(Message, edited_at__isnull=False),
    "deleted": lambda asked: _any(Message, deleted_at__isnull=False),
}
_HAS: dict[str, Callable[[], Q]] = {
    "link": _has_link,
    "attachment": lambda: Q(has_attachments=True),
    "note": lambda: _any(Note),
    "label": lambda: _one_of(Conversation.labels.through.objects.all()),
}
_READ: dict[str, Callable[[str, Asked], Q]] = {
    "from": _from,
    "channel": _channel,
    "is": _is,
    "has": _has,
    "label": _label,
    "assignee": _assignee,
    "lang": _lang,
    "sentiment": _sentiment,
    "before": _before,
    "after": _after,
}
