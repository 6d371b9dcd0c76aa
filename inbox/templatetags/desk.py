"""How numbers, times and people are written on the desk's pages."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from inbox.lib.markup import fill

register = template.Library()

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
# One table for the server and for static/js/app.js, which keeps the times moving.
PAST = {
    "now": gettext_noop("now"),
    "minute": gettext_noop("%s min"),
    "hour": gettext_noop("%s h"),
    "day": gettext_noop("%s d"),
}
FUTURE = {
    "now": gettext_noop("now"),
    "minute": gettext_noop("in %s min"),
    "hour": gettext_noop("in %s h"),
    "day": gettext_noop("in %s d"),
}

TIME = "{}{}</time>"
EXACT = '<time datetime="{}" title="{}" data-ago>'


class Clock:
    """Tells times relative to now, the exact time on hover: for hundreds of them on a page."""

    def __init__(self) -> None:
        self.now = timezone.localtime()
        self.language = get_language() or ""

    def __call__(self, value: datetime | None) -> str | SafeString:
        if value is None:
            return ""
        local = value.astimezone(self.now.tzinfo)
        exact = _exact(local.isoformat(timespec="seconds"), self.language)
        return fill(TIME, exact, self._relative(local))

    def _relative(self, local: datetime) -> str:
        seconds = (self.now - local).total_seconds()
        words, distance = (PAST, seconds) if seconds >= 0 else (FUTURE, -seconds)
        if distance < MINUTE:
            return word(words["now"], self.language)
        if distance < HOUR:
            return word(words["minute"], self.language) % int(distance // MINUTE)
        if distance < DAY:
            return word(words["hour"], self.language) % int(distance // HOUR)
        if distance < WEEK:
            return word(words["day"], self.language) % int(distance // DAY)
        return date_format(local, "j M" if local.year == self.now.year else "j M Y")


@register.filter
def ago(value: datetime | None) -> str | SafeString:
    """`value` as a time relative to now, the exact time on hover; empty for no time."""
    return Clock()(value)


@lru_cache(maxsize=10_000)  # the same times are shown over and over
def _exact(iso: str, language: str) -> SafeString:
    return fill(EXACT, iso, date_format(datetime.fromisoformat(iso), "DATETIME_FORMAT"))


@lru_cache(maxsize=1000)
def word(text: str, language: str) -> str:
    """`text` in `language`, which is the reader's: looking it up anew costs more than it seems."""
    return _(text)


@register.simple_tag
def ago_words() -> str:
    """The words of `ago` in the reader's language, for the script that keeps times moving."""
    tables = {"past": PAST, "future": FUTURE}
    return json.dumps(
        {name: {unit: _(word) for unit, word in table.items()} for name, table in tables.items()}
    )


@register.filter
def compact(value: int | None) -> str:
    """950, 1.2k, 128k, 3.4M: rounded down, so that no reach is ever overstated."""
    return "" if value is None else _compact(value, get_language() or "")


@lru_cache(maxsize=10_000)
def _compact(value: int, language: str) -> str:
    if value < 1000:
        return str(value)
    size, pattern = (1_000_000, _("%sM")) if value >= 1_000_000 else (1000, _("%sk"))
    tenths = value * 10 // size
    if tenths >= 100 or tenths % 10 == 0:
        return pattern % (tenths // 10)
    return pattern % number_format(tenths / 10, decimal_pos=1)


@register.filter
def initials(person: Any) -> str:
    """One or two letters that stand for `person` where there is no picture."""
    words = [word for word in str(person or "").replace("@", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def unprompted(field: BoundField) -> SafeString:
    """A form field without its placeholder, where the label already says the same."""
    return field.as_widget(attrs={"placeholder": False})


@register.simple_tag
def mail_is_sent() -> bool:
    """Whether mail reaches people, or is only written to the log for want of a mail server."""
    return not settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "dummy.EmailBackend"))
