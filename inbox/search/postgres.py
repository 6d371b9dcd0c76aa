"""The words of texts on PostgreSQL: a tsvector beside each text, under a GIN index.

GIN finds rows by word but knows no order, and the planner, asked for the newest rows, likes to
walk them all and look at each. So every text of a channel also has words for the channel and for
the stretches of ids that it lies in: "this word, in the newest stretch" is one look into the index,
and the stretches behind are only looked at as long as there are not enough hits.
https://www.postgresql.org/docs/current/gin.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, QuerySet

from inbox.search.parts import Part
from inbox.search.query import Term
from inbox.search.words import ALONE, BETWEEN, LONGEST, MARK, UNSEEN, WIDEST

# Sizes of the stretches of ids, in bits: 2,048, 16,384, 131,072 and 1,048,576 texts.
STRETCHES = (11, 14, 17, 20)
# How many stretches of which size are looked at in turn. All that fits in one step is fetched, so a
# step is at most a few times as long as all before it.
STEPS = ((11, 2), (14, 2), (14, 4), (17, 2), (20, 2))

FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION inbox_fold(t text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT btrim(translate(lower(CASE WHEN octet_length(t) = length(t)
    THEN regexp_replace(t, '[^a-zA-Z0-9]+', ' ', 'g')
    ELSE regexp_replace(regexp_replace(
      normalize(regexp_replace(normalize(t, NFKD), '[{UNSEEN}]+', '', 'g'), NFKC),
      '([{ALONE}])', ' \\1 ', 'g'), '[{BETWEEN}]+', ' ', 'g')
    END), 'ς', 'σ'))
$$;
CREATE OR REPLACE FUNCTION inbox_words(t text, places text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(
    string_agg('''' || left(w, {WIDEST}) || ''':' || least(n, 16383), ' ') || ' ', ''
  )::tsvector || array_to_tsvector(string_to_array(places, ' '))
  FROM unnest(string_to_array(inbox_fold(left(t, {LONGEST})), ' ')) WITH ORDINALITY AS u(w, n)
$$;
"""


def prepare(connection: Any) -> None:
    """Do nothing: the server has all it needs."""


def install(connection: Any, part: Part) -> None:
    """Make the table and triggers of `part` if they are missing, and fill the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [part.table])
        if cursor.fetchone()[0] is not None:
            return
        cursor.execute(FUNCTIONS)
        cursor.execute(_table(part))
        cursor.execute(_triggers(part))


def remove(connection: Any, part: Part) -> None:
    """Take away what `install` made; the functions for words stay for the other parts."""
    with connection.cursor() as cursor:
        for event in ("insert", "update", "delete", "truncate"):
            cursor.execute(f"DROP FUNCTION IF EXISTS {part.table}_{event} CASCADE")
        cursor.execute(f"DROP TABLE IF EXISTS {part.table}")


def _table(part: Part) -> str:
    # Words change only with their text, so the rows stay packed; the queue of the index is kept
    # short because every search reads all of it.
    return f"""
    CREATE TABLE {part.table} (rowid bigint PRIMARY KEY, words tsvector NOT NULL);
    INSERT INTO {part.table} SELECT id, {_value(part)} FROM {part.source};
    CREATE INDEX {part.table}_words ON {part.table} USING gin (words)
      WITH (gin_pending_list_limit = 512);
    ANALYZE {part.table};
    """


def _triggers(part: Part) -> str:
    names = [*part.columns, *(["channel_id"] if part.has_channel else [])]
    changed = " OR ".join(f"old.{name} IS DISTINCT FROM new.{name}" for name in names)
    table, source = part.table, part.source
    bodies = {
        "insert": f"INSERT INTO {table} SELECT id, {_value(part)} FROM changed",
        "update": f"UPDATE {table} SET words = {_value(part, 'new')} WHERE rowid = new.id",
        "delete": f"DELETE FROM {table} WHERE rowid IN (SELECT id FROM changed)",
        "truncate": f"TRUNCATE {table}",
    }
    events = {
        "insert": "INSERT ON {} REFERENCING NEW TABLE AS changed FOR EACH STATEMENT",
        "update": f"UPDATE OF {', '.join(names)} ON {{}} FOR EACH ROW WHEN ({changed})",
        "delete": "DELETE ON {} REFERENCING OLD TABLE AS changed FOR EACH STATEMENT",
        "truncate": "TRUNCATE ON {} FOR EACH STATEMENT",
    }
    return "".join(
        f"CREATE FUNCTION {table}_{event}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body}; RETURN NULL; END $$;"
        f"CREATE TRIGGER {table}_{event} AFTER {events[event].format(source)}"
        f" EXECUTE FUNCTION {table}_{event}();"
        for event, body in bodies.items()
    )


def _value(part: Part, row: str = "") -> str:
    dot = f"{row}." if row else ""
    text = " || ' ' || ".join(f"{dot}{column}" for column in part.columns)
    places = [f"'{MARK}{bits}.' || ({dot}id >> {bits})" for bits in STRETCHES]
    if part.has_channel:
        places.append(f"'{MARK}c' || {dot}channel_id")
    return f"inbox_words({text}, {' || chr(32) || '.join(places)})"


def expression(terms: Sequence[Term], channel_ids: Collection[int] | None = None) -> str:
    """Return what texts with all of `terms` match, on one of those channels if any are given."""
    wanted = []
    for term in terms:
        phrase = " <-> ".join(f"'{word}'" for word in term.words)
        wanted.append(f"({phrase}{':*' if term.is_start else ''})")
    if channel_ids is not None:
        wanted.append(_one_of(f"c{pk}" for pk in sorted(channel_ids) or [0]))
    return " & ".join(wanted)


@contextmanager
def by_index() -> Iterator[None]:
    """Keep the planner from reading whole tables for the few rows that a stretch gives.

    It takes words it has not seen often for more common than they are, and then thinks a pass
    over all messages cheaper than looking up a thousand.
    https://www.postgresql.org/docs/current/runtime-config-query.html
    """
    with transaction.atomic():
        _let_planner("off")
        yield
        _let_planner("on")


def _let_planner(use: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('enable_seqscan', %s, true),"
            " set_config('enable_hashjoin', %s, true), set_config('enable_mergejoin', %s, true)",
            [use] * 3,
        )


def _one_of(places: Iterable[str]) -> str:
    return "(" + " | ".join(f"'{MARK}{place}'" for place in places) + ")"


def newest(part: Part, rows: QuerySet[Any], matching: str, limit: int) -> QuerySet[Any]:
    """Return the newest of `rows` whose words match: stretch by stretch, the newest first."""
    newest_id = part.words._default_manager.aggregate(newest=Max("pk"))["newest"] or 0
    found = [
        _within(part, rows, f"{matching}{and_here}", below, limit)
        for and_here, below in _stretches(newest_id)
    ]
    return found[0].union(*found[1:], all=True)[:limit] if found[1:] else found[0]


def _stretches(newest_id: int) -> Iterator[tuple[str, int]]:
    """Yield, newest first, what picks a stretch of ids and the id below which it begins."""
    below = newest_id + 1
    for bits, count in STEPS:
        last = (below - 1) >> bits
        if last < count:  # the rest is no longer than this
            break
        first = last - count + 1
        yield " & " + _one_of(f"{bits}.{number}" for number in range(first, last + 1)), below
        below = first << bits
    yield "", below


def _within(
    part: Part, rows: QuerySet[Any], matching: str, below: int, limit: int
) -> QuerySet[Any]:
    found = rows.filter(**{f"{part.to}__words__matches": matching, f"{part.to}__pk__lt": below})
    # By a computed value: by the id itself the planner would walk the rows and look at each.
    return found.order_by(F(f"{part.to}__of_id") * -1).values_list(*part.ids)[:limit]
