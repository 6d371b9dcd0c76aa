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
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from inbox.lib.markup import fill

register = template.Library()

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
# One set of tables for the server and for static/js/app.js, which keeps the times moving. How long
# something has lasted is told by many languages in other words than how long ago it was.
TABLES: dict[str, dict[str, Any]] = {
    "past": {
        "now": gettext_lazy("now"),
        "minute": gettext_lazy("%s min"),
        "hour": gettext_lazy("%s h"),
        "day": gettext_lazy("%s d"),
    },
    "future": {
        "now": gettext_lazy("now"),
        "minute": gettext_lazy("in %s min"),
        "hour": gettext_lazy("in %s h"),
        "day": gettext_lazy("in %s d"),
    },
    "span": {
        "now": pgettext_lazy("how long", "1 min"),
        "minute": pgettext_lazy("how long", "%s min"),
        "hour": pgettext_lazy("how long", "%s h"),
        "day": pgettext_lazy("how long", "%s d"),
    },
}

TIME = "{}{}</time>"
EXACT = '<time datetime="{}" title="{}" data-{}>'


class Clock:
    """Tells times relative to now, the exact time on hover: for hundreds of them on a page.

    kind: "ago" for the moment itself, "span" for how long it has lasted since.
    """

    def __init__(self, kind: str = "ago") -> None:
        self.kind, self.now = kind, timezone.localtime()
        self.language = get_language() or ""
        self.tables = _tables(self.language)

    def __call__(self, value: datetime | None) -> str | SafeString:
        if value is None:
            return ""
        local = value.astimezone(self.now.tzinfo)
        exact = _exact(local.isoformat(timespec="seconds"), self.language, self.kind)
        return fill(TIME, exact, self._relative(local))

    def _relative(self, local: datetime) -> str:
        seconds = (self.now - local).total_seconds()
        is_span = self.kind == "span"
        words = self.tables["span" if is_span else "past" if seconds >= 0 else "future"]
        distance = max(seconds, 0) if is_span else abs(seconds)
        if distance < MINUTE:
            return words["now"]
        if distance < HOUR:
            return words["minute"] % int(distance // MINUTE)
        if distance < DAY:
            return words["hour"] % int(distance // HOUR)
        if distance < WEEK or is_span:
            return words["day"] % int(distance // DAY)
        return date_format(local, "j M" if local.year == self.now.year else "j M Y")


@register.filter
def ago(value: datetime | None) -> str | SafeString:
    """`value` as a time relative to now, the exact time on hover; empty for no time."""
    return Clock()(value)


@register.filter
def lasting(value: datetime | None) -> str | SafeString:
    """How long it has lasted since `value`, the exact time on hover; empty for no time."""
    return Clock("span")(value)


@lru_cache(maxsize=10_000)  # the same times are shown over and over
def _exact(iso: str, language: str, kind: str) -> SafeString:
    return fill(EXACT, iso, date_format(datetime.fromisoformat(iso), "DATETIME_FORMAT"), kind)


@lru_cache(maxsize=100)  # looking them up anew costs more than it seems
def _tables(language: str) -> dict[str, dict[str, str]]:
    return {name: {unit: str(text) for unit, text in TABLES[name].items()} for name in TABLES}


@register.simple_tag
def ago_words() -> str:
    """The words of `ago` and `lasting`, for the script that keeps times moving."""
    return json.dumps(_tables(get_language() or ""))


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
