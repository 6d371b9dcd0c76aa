"""From what was typed to the conversations that fit, and what of each of them fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import cached_property

from inbox.models import Conversation, Message, Note
from inbox.search import engine
from inbox.search.operators import Asked, BadValue, condition
from inbox.search.parts import PARTS, Ids, Part, Wanted
from inbox.search.query import Operator, Problem, Term, parse
from inbox.search.snippets import Segment, snippet

MOST_FOUND = 500  # texts of a kind; whoever has more hits adds a word


@dataclass(frozen=True)
class Hit:
    """Where a conversation fits: `part` is message, note or author, with the words in place."""

    part: str
    segments: list[Segment]


class Search:
    """One search by one person: `problems` first, since with any of them nothing is found."""

    def __init__(self, text: str, asked: Asked) -> None:
        self.query = parse(text)
        self.asked = asked
        self._is_capped = False
        self._places: dict[int, tuple[Part, int]] = {}

    def __bool__(self) -> bool:
        return bool(self.query.parts)

    @cached_property
    def _read(self) -> tuple[list[tuple[Operator, Q]], list[Problem]]:
        conditions, problems = [], list(self.query.problems)
        for operator in self.query.operators:
            try:
                conditions.append((operator, condition(operator, self.asked)))
            except BadValue as error:
                problems.append(Problem(operator.typed, str(error)))
        return conditions, problems

    @property
    def problems(self) -> list[Problem]:
        """What was not understood, in words."""
        return self._read[1]

    @property
    def understood(self) -> list[Term | Operator]:
        """The parts that were understood, in the order they were typed."""
        read = [operator for operator, _ in self._read[0]]
        return [
            part
            for part in self.query.parts
            if isinstance(part, Term) or (isinstance(part, Operator) and part in read)
        ]

    @property
    def is_bounded(self) -> bool:
        """Whether it finds a few rows by their ids, however many there are."""
        people = any(one.name == "from" and not one.is_not for one in self.query.operators)
        return bool(self.query.wanted) or people

    @property
    def names_status(self) -> bool:
        """Whether it says itself which statuses it is about, as is:open does."""
        asked = {one.value.casefold() for one in self.query.operators if one.name == "is"}
        return not asked.isdisjoint(Conversation.Status.values)

    @property
    def is_capped(self) -> bool:
        """Whether there is more than is found, once it has looked."""
        return self._is_capped or self.asked.is_cut

    def narrow(self, rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """Return those of `rows` that fit: of words or of a person the newest, else all."""
        if self.problems:
            return rows.none()
        for _operator, kept in self._read[0]:
            rows = rows.filter(kept)
        for term in self.query.unwanted:
            rows = rows.exclude(_says(term))
        if not self.is_bounded:
            return rows
        found = self._find(rows) if self.query.wanted else rows.order_by().values_list("pk")
        return Conversation.objects.filter(pk__in=engine.current().among([pk for pk, *_ in found]))

    def _find(self, rows: QuerySet[Conversation]) -> list[Ids]:
        """Return the ids of the conversations and texts that hold the words."""
        at, terms, all_of_them = engine.current(), self.query.wanted, list[Ids]()
        channels = self.asked.user.channel_ids
        of_channels, of_any = at.expression(terms, channels), at.expression(terms)
        wanted = [
            Wanted(part, part.rows(rows), of_channels if part.has_channel else of_any)
            for part in PARTS
        ]
        for part, found in zip(PARTS, at.newest(wanted, MOST_FOUND + 1), strict=True):
            self._is_capped |= len(found) > MOST_FOUND
            for conversation_id, text_id in found[:MOST_FOUND]:
                self._places.setdefault(conversation_id, (part, text_id))
            all_of_them += found[:MOST_FOUND]
        return all_of_them

    def hits(self, rows: Sequence[Conversation]) -> dict[int, Hit]:
        """Return what fits in each of `rows`, by id, in at most two queries."""
        places = {row.pk: self._places[row.pk] for row in rows if row.pk in self._places}
        texts = {
            "message": _texts(Message, places, "message"),
            "note": _texts(Note, places, "note"),
            "author": {row.author_id: f"{row.author.name} @{row.author.handle}" for row in rows},
        }
        return {
            pk: Hit(part.name, snippet(texts[part.name].get(text_id, ""), self.query.wanted))
            for pk, (part, text_id) in places.items()
        }


def _texts(model: Any, places: dict[int, tuple[Part, int]], name: str) -> dict[int, str]:
    ids = [text_id for part, text_id in places.values() if part.name == name]
    return dict(model.objects.filter(pk__in=ids).values_list("pk", "text")) if ids else {}


def _says(term: Term) -> Q:
    """Whether a message or a note of the conversation says `term`."""
    said = engine.current().expression([term])
    here = {"conversation": OuterRef("pk"), "words__words__matches": said}
    return Q(Exists(Message.objects.order_by().filter(**here))) | Q(
        Exists(Note.objects.order_by().filter(**here))
    )
