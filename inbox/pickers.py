"""What one may choose from: channels, labels, colleagues, languages."""

from __future__ import annotations

from functools import cache, cached_property

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext

from inbox.lib.prepared import Prepared
from inbox.models import Channel, Label, User

NAME = ("username", "first_name", "last_name")


class Lists:
    """What the filters and pickers offer to one reader, each read once for a page."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def channels(self) -> list[Channel]:
        return list(Channel.objects.visible_to(self.user).only("name"))

    @cached_property
    def labels(self) -> list[Label]:
        return _labels()

    @cached_property
    def people(self) -> list[User]:
        return _people()


def teammates(channel: int | None = None) -> QuerySet[User]:
    """Return the people who may have conversations, on `channel` if given; auditors only read."""
    people = User.seeing(channel) if channel else User.objects.all()
    working = people.filter(is_active=True).exclude(role=User.Role.AUDITOR)
    return working.order_by("first_name", "username")


_labels = Prepared(Label.objects.all, count=0)
_people = Prepared(lambda: teammates().only(*NAME), count=0)


def languages() -> list[tuple[str, str]]:
    """Return the languages one may ask for, the desk's own first, named for the reader."""
    return _languages(get_language() or settings.LANGUAGE_CODE)


@cache
def _languages(reader: str) -> list[tuple[str, str]]:
    ours = [code for code, name in settings.LANGUAGES]
    rest = sorted(code for code in LANG_INFO if len(code) < 4 and code not in ours)
    named = [code for code in [*ours, *rest] if "name" in LANG_INFO.get(code, {})]
    return [(code, gettext(LANG_INFO[code]["name"])) for code in named]
