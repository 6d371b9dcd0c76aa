"""A query that every request asks, turned into SQL once instead of each time.

With subqueries in it, that takes Django longer than the database needs for the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import RawQuerySet

M = TypeVar("M", bound=Model)

_ANY = 2**62 + 1  # stands for the number in the SQL; no row has this id


class Prepared(Generic[M]):
    """Rows that depend on one number, which is all that may differ between two calls."""

    def __init__(self, build: Callable[[int], QuerySet[M]]) -> None:
        self._build = build

    @cached_property
    def _rows(self) -> QuerySet[M]:
        return self._build(_ANY)

    @cached_property
    def _query(self) -> tuple[str, tuple[Any, ...]]:
        sql, values = self._rows.query.get_compiler(connection=connection).as_sql()
        return sql, tuple(values)

    def __call__(self, number: int) -> RawQuerySet[M]:
        sql, values = self._query
        return self._rows.model._default_manager.raw(
            sql, [number if value == _ANY else value for value in values]
        )
