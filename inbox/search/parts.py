"""The three kinds of text that are searched, and how each leads to a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet

from inbox.models import Conversation, Message, Note
from inbox.models.words import AuthorWords, MessageWords, NoteWords

Rows = QuerySet[Any]
Ids = tuple[int, int]  # of a conversation, and of a text of it that fits


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of text.

    columns: what is searched of its table; `has_channel`: whether its rows have a channel.
    rows: the rows that lead to a conversation of `scope`; `to`: the way from such a row to its
    words; `ids`: where it keeps the ids of the conversation and of the text.
    """

    name: str
    words: type[Model]
    columns: tuple[str, ...]
    has_channel: bool
    rows: Callable[[QuerySet[Conversation]], Rows]
    to: str
    ids: tuple[str, str]

    @property
    def table(self) -> str:
        return self.words._meta.db_table

    @property
    def source(self) -> str:
        return str(self.words._meta.pk.related_model._meta.db_table)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for among one kind of text: `matching` is an engine's own expression."""

    part: Part
    rows: Rows
    matching: str


def _inside(model: type[Model]) -> Callable[[QuerySet[Conversation]], Rows]:
    def rows(scope: QuerySet[Conversation]) -> Rows:
        here = Exists(scope.filter(pk=OuterRef("conversation")))
        return model._default_manager.order_by().filter(here)

    return rows


MESSAGE = Part(
    "message",
    MessageWords,
    ("text",),
    has_channel=True,
    rows=_inside(Message),
    to="words",
    ids=("conversation_id", "pk"),
)
NOTE = Part(
    "note",
    NoteWords,
    ("text",),
    has_channel=False,
    rows=_inside(Note),
    to="words",
    ids=("conversation_id", "pk"),
)
AUTHOR = Part(
    "author",
    AuthorWords,
    ("name", "handle"),
    has_channel=False,
    rows=lambda scope: scope.order_by(),
    to="author__words",
    ids=("pk", "author_id"),
)
PARTS = (MESSAGE, NOTE, AUTHOR)  # the first that matches is shown
