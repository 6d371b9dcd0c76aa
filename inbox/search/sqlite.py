"""The words of texts on SQLite: an FTS5 table beside each table of texts, kept by triggers.

The triggers call `inbox_words`, which every connection of the desk brings along. FTS5 keeps rows in
the order of their ids, so the newest hits of any word come first at no cost.
https://www.sqlite.org/fts5.html
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import QuerySet

from inbox.search.parts import Ids, Part, Wanted
from inbox.search.query import Term
from inbox.search.words import MARK, words

# `words` has decided already: whatever has no space in it is one word.
_TOKENS = "unicode61 remove_diacritics 0 categories ''L* M* N* P* S* C*''"


def prepare(connection: Any) -> None:
    """Give a new connection the function that the triggers call."""
    connection.connection.create_function("inbox_words", 2, _words, deterministic=True)


def _words(text: str, places: str) -> str:
    return " ".join((*words(text), places))


def install(connection: Any, part: Part) -> None:
    """Make the table and triggers of `part` if they are missing, and fill the table.

    Django rebuilds a table to alter it, and drops its triggers without a word; so this is asked
    for after every migration.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
            [f"{part.table}_%"],
        )
        if cursor.fetchone()[0] == len(_triggers(part)):
            return
        cursor.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {part.table}"
            f" USING fts5(words, tokenize='{_TOKENS}')"
        )
        for event, body in _triggers(part).items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {_name(part, event)}")
            cursor.execute(f"CREATE TRIGGER {_name(part, event)} AFTER {event} BEGIN {body}; END")
        cursor.execute(f"DELETE FROM {part.table}")
        cursor.execute(
            f"INSERT INTO {part.table} (rowid, words)"
            f" SELECT id, {_value(part, 't')} FROM {part.source} t"
        )


def remove(connection: Any, part: Part) -> None:
    """Take away what `install` made."""
    with connection.cursor() as cursor:
        for event in _triggers(part):
            cursor.execute(f"DROP TRIGGER IF EXISTS {_name(part, event)}")
        cursor.execute(f"DROP TABLE IF EXISTS {part.table}")


def _name(part: Part, event: str) -> str:
    return f"{part.table}_{event.split()[0].lower()}"


def _triggers(part: Part) -> dict[str, str]:
    names = [*part.columns, *(["channel_id"] if part.has_channel else [])]
    changed = " OR ".join(f"old.{name} IS NOT new.{name}" for name in names)
    update = f"UPDATE OF {', '.join(names)} ON {part.source} WHEN {changed}"
    value, table = _value(part, "new"), part.table
    return {
        f"INSERT ON {part.source}": f"INSERT INTO {table} (rowid, words) VALUES (new.id, {value})",
        update: f"UPDATE {table} SET words = {value} WHERE rowid = new.id",
        f"DELETE ON {part.source}": f"DELETE FROM {table} WHERE rowid = old.id",
    }


def _value(part: Part, row: str) -> str:
    text = " || ' ' || ".join(f"{row}.{column}" for column in part.columns)
    place = f"'{MARK}c' || {row}.channel_id" if part.has_channel else "''"
    return f"inbox_words({text}, {place})"


def expression(terms: Sequence[Term], channel_ids: Collection[int] | None = None) -> str:
    """Return what texts with all of `terms` match, on one of those channels if any are given."""
    wanted = [f'"{" ".join(term.words)}"{"*" if term.is_start else ""}' for term in terms]
    if channel_ids is not None:
        channels = [f'"{MARK}c{pk}"' for pk in sorted(channel_ids)] or [f'"{MARK}c0"']
        wanted.append(f"({' OR '.join(channels)})")
    return " AND ".join(wanted)


def among(ids: Sequence[int]) -> Sequence[int]:
    """Return `ids` for a lookup `in`; the planner wants to know how few they are."""
    return ids


def newest(wanted: Sequence[Wanted], limit: int) -> list[list[Ids]]:
    """Return for each of `wanted` the newest that match, at most `limit`."""
    return [list(_newest(one, one.part)[:limit]) for one in wanted]


def _newest(one: Wanted, part: Part) -> QuerySet[Any, Ids]:
    found = one.rows.filter(**{f"{part.to}__words__matches": one.matching})
    return found.order_by(f"-{part.to}__of_id").values_list(*part.ids)
