"""The words of texts on PostgreSQL: a tsvector beside each text, under a GIN index.

GIN finds rows by word but knows no order: it collects all hits of a word before it gives the first.
So words that are common among the newest few hundred texts are looked for without it, text by text
from the newest on, which soon finds enough. For all others every text also has words for the
stretches of ids that it lies in: "this word, in the newest stretch" is one look into the index, and
the stretches behind are only looked at as long as there are not enough hits.
https://www.postgresql.org/docs/current/gin.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import F
from django.db.models.expressions import RawSQL

from inbox.search.parts import Ids, Part, Wanted
from inbox.search.query import Term
from inbox.search.words import ALONE, BETWEEN, LONGEST, MARK, UNSEEN, WIDEST

# Sizes of the stretches of ids, in bits: 2,048, 16,384, 131,072 and 1,048,576 texts.
STRETCHES = (11, 14, 17, 20)
# How many stretches of which size are looked at in turn.
STEPS = ((14, 4), (17, 4), (20, 4))
PROBED = 512  # texts, the newest, that tell how common the words are
WALKED = 1 << 16  # most texts that are looked at one by one
IN_VAIN = 16  # of so many that match, one at least has to be wanted for walking to be worth it
_BELOW = 2**62  # stands for an id in SQL that is put together once for all stretches

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


def _one_of(places: Iterable[str]) -> str:
    return "(" + " | ".join(f"'{MARK}{place}'" for place in places) + ")"


def among(ids: Sequence[int]) -> RawSQL:
    """Return `ids` for a lookup `in`, as one parameter however many they are."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def newest(wanted: Sequence[Wanted], limit: int) -> list[list[Ids]]:
    """Return for each of `wanted` the newest that match, at most `limit`."""
    with by_index():
        return [
            _found(one, newest_id or 0, fitting / PROBED, limit)
            for one, (newest_id, fitting) in zip(wanted, _probe(wanted), strict=True)
        ]


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
    names = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
    each = ", ".join(f"set_config('{name}', %s, true)" for name in names)
    _rows(f"SELECT {each}", [use] * len(names))


def _probe(wanted: Sequence[Wanted]) -> list[tuple[int | None, int]]:
    """Return for each the id of its newest text, and how many of the newest PROBED match."""
    few = "(SELECT rowid, words FROM {} ORDER BY rowid DESC LIMIT {}) AS few"
    count = "count(*) FILTER (WHERE ts_match_vq(words, %s::tsquery))"
    each = [
        f"(SELECT max(rowid), {count} FROM {few.format(one.part.table, PROBED)}) AS part{number}"
        for number, one in enumerate(wanted)
    ]
    row = _rows(f"SELECT * FROM {', '.join(each)}", [one.matching for one in wanted])[0]
    return list(zip(row[::2], row[1::2], strict=True))


def _found(one: Wanted, newest_id: int, share: float, limit: int) -> list[Ids]:
    found = list[Ids]()
    try:
        if share and limit / share <= min(WALKED // 2, share * newest_id * 2):
            found = _walked_to(one, newest_id, limit)
        return found if len(found) == limit else _looked_up(one, newest_id, limit)
    except EmptyResultSet:  # whoever asks sees nothing, or a filter keeps nothing
        return []


def _walked_to(one: Wanted, newest_id: int, limit: int) -> list[Ids]:
    """Return what is found among the newest texts; with less than `limit`, there may be more.

    Matching is asked for as a function, since the operator would let the planner use the index.
    Each match is looked up by its id, in order; too many of them in vain are left to the planner.
    """
    ids = one.part.ids
    these, values = _sql(one.rows.filter(**{ids[1]: RawSQL("hit.rowid", [])}).values_list(*ids))
    sql = f"""
    SELECT found.* FROM (
      SELECT rowid FROM {one.part.table} WHERE rowid > %s AND ts_match_vq(words, %s::tsquery)
      ORDER BY rowid DESC LIMIT %s
    ) AS hit CROSS JOIN LATERAL ({these} OFFSET 0) AS found LIMIT %s
    """
    return _rows(sql, [max(newest_id - WALKED, 0), one.matching, limit * IN_VAIN, *values, limit])


def _looked_up(one: Wanted, newest_id: int, limit: int) -> list[Ids]:
    """Return what the index finds: stretch by stretch, the newest first."""
    to = one.part.to
    rows = one.rows.filter(**{f"{to}__words__matches": MARK, f"{to}__pk__lt": _BELOW})
    # By a computed value: by the id itself the planner would walk the rows and look at each.
    rows = rows.order_by(F(f"{to}__of_id") * -1).values_list(*one.part.ids)[:limit]
    each, values = _sql(rows)
    steps: list[Any] = []
    for and_here, below in _stretches(newest_id + 1):
        here = {MARK: f"{one.matching}{and_here}", _BELOW: below}
        steps += [here.get(v, v) if isinstance(v, int | str) else v for v in values]
    sql = " UNION ALL ".join([f"({each})"] * (len(steps) // len(values)))
    return _rows(f"SELECT * FROM ({sql}) AS found LIMIT %s", [*steps, limit])


def _sql(rows: Any) -> tuple[str, tuple[Any, ...]]:
    sql, values = rows.query.get_compiler(using=rows.db).as_sql()
    return sql, tuple(values)


def _stretches(below: int) -> Iterator[tuple[str, int]]:
    """Yield, newest first, what picks a stretch of ids and the id below which it begins."""
    for bits, count in STEPS:
        last = (below - 1) >> bits
        if last < count:  # the rest is no longer than this
            break
        first = last - count + 1
        yield " & " + _one_of(f"{bits}.{number}" for number in range(first, last + 1)), below
        below = first << bits
    yield "", below


def _rows(sql: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
