"""The words of texts, where a search looks: rows that the database itself keeps up to date.

One row per text with the same id, written by triggers, so that no write can forget it.
`inbox.search` makes the tables, in the way of each engine.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from inbox.models.author import Author
from inbox.models.conversation import Note
from inbox.models.message import Message


class WordsField(models.TextField):  # type: ignore[type-arg]
    """Words under an index for searching."""


@WordsField.register_lookup
class Matches(models.Lookup):  # type: ignore[type-arg]
    """Compare words with an expression that `inbox.search` wrote for this engine."""

    lookup_name = "matches"

    def get_prep_lookup(self) -> str:
        return str(self.rhs)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} MATCH %s", [*params, self.rhs]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} @@ %s::tsquery", [*params, self.rhs]


class Words(models.Model):
    """What all three have in common; SQLite calls the id of such a row `rowid`."""

    words = WordsField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.words)


def _of(model: type[models.Model]) -> Any:
    return models.OneToOneField(
        model,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_column="rowid",
        db_constraint=False,
        related_name="words",
    )


class MessageWords(Words):
    """The words of a message."""

    of = _of(Message)

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "inbox_messagewords"


class NoteWords(Words):
    """The words of a note."""

    of = _of(Note)

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "inbox_notewords"


class AuthorWords(Words):
    """The words of an author's name and handle."""

    of = _of(Author)

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "inbox_authorwords"
