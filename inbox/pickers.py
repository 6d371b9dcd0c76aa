"""What one may choose from: channels, labels, colleagues, languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext

from inbox.models import Channel, Label, User

NAME = ("username", "first_name", "last_name")


@dataclass(frozen=True)
class Lists:
    """What the filters and pickers offer, read once for a page."""

    channels: list[Channel] = field(default_factory=lambda: list(Channel.objects.only("name")))
    labels: list[Label] = field(default_factory=lambda: list(Label.objects.all()))
    people: list[User] = field(default_factory=lambda: list(teammates().only(*NAME)))


def teammates() -> QuerySet[User]:
    """Return the people who may have conversations; auditors only read."""
    working = User.objects.filter(is_active=True).exclude(role=User.Role.AUDITOR)
    return working.order_by("first_name", "username")


def languages() -> list[tuple[str, str]]:
    """Return the languages one may ask for, the desk's own first, named for the reader."""
    return _languages(get_language() or settings.LANGUAGE_CODE)


@cache
def _languages(reader: str) -> list[tuple[str, str]]:
    ours = [code for code, name in settings.LANGUAGES]
    rest = sorted(code for code in LANG_INFO if len(code) < 4 and code not in ours)
    named = [code for code in [*ours, *rest] if "name" in LANG_INFO.get(code, {})]
    return [(code, gettext(LANG_INFO[code]["name"])) for code in named]
