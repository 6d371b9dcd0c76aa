"""The search box of a list: what a FilterSet needs to have one as its filter `q`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property

from inbox.models import Conversation, User
from inbox.pickers import Lists
from inbox.search.finding import Search
from inbox.search.operators import Asked


class SearchBox:
    """Mixed into a FilterSet that knows who asks, from which lists, and when."""

    data: Any
    form: Any
    filters: Any
    user: User
    lists: Lists
    now: datetime

    def add_search(self) -> None:
        """Let the form complain about a search that is not understood."""
        self.filters["q"].extra["validators"] = [self._check]

    def _check(self, text: str) -> None:
        if problems := self.search.problems:
            raise ValidationError([problem.message for problem in problems])

    def filter_queryset(self, queryset: Any) -> Any:
        """A search that is not understood finds nothing, rather than everything."""
        if "q" in self.form.errors:
            return queryset.none()
        return super().filter_queryset(queryset)  # type: ignore[misc]

    @property
    def typed(self) -> str:
        """The search as it was typed, understood or not."""
        return str(self.data.get("q", "")).strip()

    @cached_property
    def search(self) -> Search:
        return Search(self.typed, Asked(self.user, self.lists, self.now))

    def with_hits(self, rows: list[Conversation]) -> list[Conversation]:
        """Tell each of `rows` as `hit` what of it the search found."""
        hits = self.search.hits(rows)
        for row in rows:
            row.hit = hits.get(row.pk)  # type: ignore[attr-defined]
        return rows

    @property
    def search_parts(self) -> list[tuple[str, str]]:
        """Each part that was understood and the search without it.

        Empty for plain words: these need no list of what was understood.
        """
        query = self.search.query
        if not query.operators and not self.search.problems:
            return []
        return [(part.typed, query.without(part)) for part in self.search.understood]
