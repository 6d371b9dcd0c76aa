"""The language of the search box: typed text in, what is to be found out; no database, no guessing.

refund "no answer" -solved from:@budi is:open before:2026-11-01
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inbox.search.words import ALONE, words

NAMES = (
    "from", "channel", "is", "has", "label", "assignee", "lang", "sentiment", "before", "after",
)  # fmt: skip
SHORTEST_START = 3  # fewer letters begin too many words to be of use

_PART = re.compile(r'(-?)(?:([A-Za-z]{2,}):(?!//))?("[^"]*(?:"|$)|\S*)')
_IS_ALONE = re.compile(f"[{ALONE}]")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to each other; `is_start`: the last one may go on."""

    typed: str
    words: tuple[str, ...]
    is_not: bool = False
    is_start: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition such as is:open."""

    typed: str
    name: str
    value: str
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A part that was not understood, and why, in words."""

    typed: str
    message: str


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, part by part and in order: together they are all of it."""

    parts: tuple[Term | Operator | Problem, ...]

    @property
    def wanted(self) -> list[Term]:
        return [part for part in self.parts if isinstance(part, Term) and not part.is_not]

    @property
    def unwanted(self) -> list[Term]:
        return [part for part in self.parts if isinstance(part, Term) and part.is_not]

    @property
    def operators(self) -> list[Operator]:
        return [part for part in self.parts if isinstance(part, Operator)]

    @property
    def problems(self) -> list[Problem]:
        return [part for part in self.parts if isinstance(part, Problem)]

    def without(self, part: Any) -> str:
        """Return the text without `part`."""
        return " ".join(other.typed for other in self.parts if other is not part)


def parse(text: str) -> Query:
    """Read `text`; what cannot be read becomes a Problem, never an exception."""
    found = [match for match in _PART.finditer(text) if match.group()]
    last = len(found) - 1 if text == text.rstrip() else None
    return Query(tuple(_part(match, number == last) for number, match in enumerate(found)))


def _part(match: re.Match[str], is_last: bool) -> Term | Operator | Problem:
    typed, (minus, name, value) = match.group(), match.groups()
    is_quoted = value.startswith('"')
    if name:
        return _operator(typed, name.lower(), value.strip('"').strip(), bool(minus))
    found = words(value)
    if not found:
        return Problem(
            typed, _("“%(typed)s” holds no letter or digit to look for.") % {"typed": typed}
        )
    shortest = SHORTEST_START - (len(found) > 1)  # what stands before it narrows it too
    can_go_on = len(found[-1]) >= shortest or bool(_IS_ALONE.match(found[-1]))
    return Term(typed, found, bool(minus), is_last and can_go_on and not minus and not is_quoted)


def _operator(typed: str, name: str, value: str, is_not: bool) -> Operator | Problem:
    if name not in NAMES:
        message = _(
            "There is no filter “%(name)s:”. To look for the text itself, "
            'put it in quotes: "%(typed)s"'
        )
        return Problem(typed, message % {"name": name, "typed": typed.replace('"', "")})
    if not value:
        message = _("Write what “%(name)s:” should look for right behind the colon.")
        return Problem(typed, message % {"name": name})
    return Operator(typed, name, value, is_not)
