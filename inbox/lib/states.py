"""Declared state machines whose moves are one compare-and-swap in the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from inbox.lib.errors import InvalidTransition, StaleState


class Machine:
    """The legal moves of one status field.

    `table` maps each state to the states it may move to; a target that is not itself a key is
    refused at import, so a typing error cannot make a dead end.
    """

    def __init__(self, table: Mapping[str, set[str]], field: str = "status") -> None:
        undeclared = {target for targets in table.values() for target in targets} - set(table)
        if undeclared:
            raise ValueError(f"undeclared target states: {sorted(undeclared)}")
        self.table = table
        self.field = field

    def move(self, obj: Model, to: str, **changes: Any) -> None:
        """Move `obj` to state `to` and set `changes` with it, if nobody moved it meanwhile.

        Raises InvalidTransition if the table has no such move, StaleState if the row has left
        the state that `obj` shows. On success `obj` carries the new values.
        """
        before = getattr(obj, self.field)
        if to not in self.table[before]:
            raise InvalidTransition(
                _("This is %(before)s, so it cannot become %(to)s.") % {"before": before, "to": to}
            )
        values = {self.field: to, **changes}
        rows = type(obj)._default_manager.filter(pk=obj.pk, **{self.field: before})
        if not rows.update(**values):
            raise StaleState(_("Somebody else was quicker. Reload to see what happened."))
        for name, value in values.items():
            setattr(obj, name, value)
