"""Pages that continue after a row instead of skipping rows: as fast at row 30,000 as at row 1."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput

M = TypeVar("M", bound=Model)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Order:
    """Rows by the moment `field`, ties by id, both the same way round.

    name: what a cursor carries, so that it cannot be used with another order.
    """

    name: str
    field: str
    is_descending: bool = False

    @property
    def columns(self) -> tuple[str, str]:
        sign = "-" if self.is_descending else ""
        return f"{sign}{self.field}", f"{sign}pk"

    def key(self, row: Model) -> int:
        """Return where `row` stands, as a number that grows down the list."""
        ticks = self._ticks(row)
        return -ticks if self.is_descending else ticks

    def cursor(self, row: Model) -> str:
        """Return a mark that `after` understands, for the page that follows `row`."""
        return _packed(f"{self.name}.{self._ticks(row)}.{row.pk}")

    def after(self, rows: QuerySet[M], cursor: str) -> QuerySet[M]:
        """Return those of `rows` that follow the row of `cursor`.

        Raises BadInput for a mark that this order did not make.
        """
        at, pk = self.read(cursor)
        sign = "lt" if self.is_descending else "gt"
        # The plain bound comes first: both databases then seek in the index and the rest only
        # decides among rows of the same moment.
        bound: dict[str, Any] = {f"{self.field}__{sign}e": at}
        beyond = Q(**{f"{self.field}__{sign}": at}) | Q(**{f"pk__{sign}": pk})
        return rows.filter(beyond, **bound)

    def _ticks(self, row: Model) -> int:
        at: datetime = getattr(row, self.field)
        return (at - _EPOCH) // _TICK

    def read(self, cursor: str) -> tuple[datetime, int]:
        """Return the moment and the id of the row that `cursor` names. Raises BadInput."""
        try:
            name, at, pk = _unpacked(cursor).split(".")
            if name != self.name:
                raise ValueError(name)
            return _EPOCH + int(at) * _TICK, _in_range(int(pk))
        except (ValueError, OverflowError, binascii.Error) as error:
            raise BadInput(_("This page mark is not valid. Start from the first page.")) from error


@dataclass(frozen=True, slots=True)
class ById:
    """Rows by id alone, for lists that have no better order; see Order."""

    name: str
    is_descending: bool = False

    @property
    def columns(self) -> tuple[str]:
        return ("-pk" if self.is_descending else "pk",)

    def cursor(self, row: Model) -> str:
        return _packed(f"{self.name}.{row.pk}")

    def after(self, rows: QuerySet[M], cursor: str) -> QuerySet[M]:
        """Return those of `rows` that follow the row of `cursor`. Raises BadInput."""
        try:
            name, pk = _unpacked(cursor).split(".")
            if name != self.name:
                raise ValueError(name)
            bound = _in_range(int(pk))
        except (ValueError, binascii.Error) as error:
            raise BadInput(_("This page mark is not valid. Start from the first page.")) from error
        return rows.filter(pk__lt=bound) if self.is_descending else rows.filter(pk__gt=bound)


def _packed(plain: str) -> str:
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _unpacked(cursor: str) -> str:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()


def _in_range(pk: int) -> int:
    if not 0 < pk < 2**63:
        raise ValueError(pk)
    return pk
