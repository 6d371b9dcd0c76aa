"""Queries of the busiest pages, put together and turned into SQL once instead of each time.

For a few rows found by an id, that takes Django several times as long as the database needs for
the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import QuerySet

Row = TypeVar("Row")

_FIRST = 2**62  # from here on, numbers stand for the arguments in the SQL; no row has such an id
_TEXT = "\ue000"  # begins what stands for a text; no field holds such a letter


class Prepared(Generic[Row]):
    """The rows of a query in which nothing differs from call to call but some ids and texts.

    build: makes the query from as many ids as `count` says, and as many texts behind them.
    """

    def __init__(
        self, build: Callable[..., QuerySet[Any, Row]], count: int = 1, texts: int = 0
    ) -> None:
        self._build = build
        self._marks: list[int | str] = [_FIRST + place for place in range(count)]
        self._marks += [f"{_TEXT}{place}" for place in range(texts)]

    def __call__(self, *given: int | str) -> list[Row]:
        if any(isinstance(value, int) and value >= _FIRST for value in given):
            return []
        rows, compiler, sql, values, converters = self._compiled
        ours = dict(zip(self._marks, given, strict=True))
        mine: Any = copy(compiler)
        mine.connection = connections[rows.db]  # each thread has its own
        ready = tuple([ours.get(v, v) if isinstance(v, int | str) else v for v in values])
        mine.as_sql = lambda *_options, **_more: (sql, ready)
        mine.get_converters = lambda _columns: converters
        found: Any = rows.all()
        found.query.get_compiler = lambda *_options, **_more: mine
        return list(found)

    def first(self, *given: int | str) -> Row | None:
        """Return the first of the rows; a query for one row says so itself."""
        return next(iter(self(*given)), None)

    @cached_property
    def _compiled(self) -> tuple[QuerySet[Any, Row], Any, str, tuple[Any, ...], Any]:
        rows = self._build(*self._marks)
        compiler = rows.query.get_compiler(using=rows.db)
        sql, values = compiler.as_sql()
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return rows, compiler, sql, tuple(values), compiler.get_converters(columns)
