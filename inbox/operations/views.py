"""Saved views: keeping, sharing, ordering and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import SavedView, Team, User
from inbox.operations.audit import record

MOST_VIEWS = 50  # of one person; more than that nobody finds anything in


@transaction.atomic
def save_view(
    *,
    name: str,
    filters: dict[str, str],
    by: User,
    columns: Sequence[str] | None = None,
    team: Team | None = None,
    is_for_everybody: bool = False,
) -> SavedView:
    """Keep `filters` under `name`, as the last view of `by`.

    Raises NotAllowed for sharing without the permission, BadInput for a name that is missing or
    taken, columns that do not exist, or too many views.
    """
    _check_may_keep(by)
    User.objects.select_for_update().get(pk=by.pk)  # two windows of one person take turns
    count = by.saved_views.count()
    if count >= MOST_VIEWS:
        raise BadInput(_("You have %(count)s views. Delete one first.") % {"count": count})
    last = by.saved_views.order_by("-position").values_list("position", flat=True).first()
    view = SavedView(owner=by, filters=filters, position=0 if last is None else last + 1)
    if columns is not None:
        view.columns = list(columns)
    _name_and_share(view, by, name, team, is_for_everybody)
    return _written(view, by, "inbox.view.saved")


@transaction.atomic
def change_view(
    *,
    view: SavedView,
    name: str,
    columns: Sequence[str],
    by: User,
    team: Team | None = None,
    is_for_everybody: bool = False,
) -> SavedView:
    """Say how `view` is called, what its rows show, who shares it. Raises as `save_view`."""
    row = _lock(view, by)
    row.columns = list(columns)
    _name_and_share(row, by, name, team, is_for_everybody)
    return _written(row, by, "inbox.view.changed")


@transaction.atomic
def refit_view(*, view: SavedView, filters: dict[str, str], by: User) -> SavedView:
    """Let `view` stand for `filters` from now on."""
    row = _lock(view, by)
    row.filters = filters
    return _written(row, by, "inbox.view.changed")


@transaction.atomic
def move_view(*, view: SavedView, step: int, by: User) -> None:
    """Move `view` up (step -1) or down (+1) among the views of its owner."""
    row = _lock(view, by)
    rows = list(
        SavedView.objects.select_for_update().filter(owner=row.owner_id).order_by("position", "pk")
    )
    at = rows.index(row)
    to = min(max(at + step, 0), len(rows) - 1)
    rows.insert(to, rows.pop(at))
    for position, other in enumerate(rows):
        other.position = position
    SavedView.objects.bulk_update(rows, ["position"])


@transaction.atomic
def delete_view(*, view: SavedView, by: User) -> None:
    """Delete `view` for everybody who shared it; the conversations in it are untouched."""
    row = _lock(view, by)
    record(actor=by, verb="inbox.view.deleted", target=row, name=row.name)
    row.delete()


def _check_may_keep(by: User) -> None:
    if not by.has_perm("inbox.keep_view"):
        raise NotAllowed(_("Your role or this token cannot keep views."))


def _lock(view: SavedView, by: User) -> SavedView:
    _check_may_keep(by)
    row = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if row is None:
        raise BadInput(_("This view was deleted meanwhile."))
    may_lead = row.is_shared and by.has_perm("inbox.share_view")
    if row.owner_id != by.pk and not may_lead:
        raise NotAllowed(_("Only its owner or a manager can change this view."))
    return row


def _name_and_share(
    view: SavedView, by: User, name: str, team: Team | None, is_for_everybody: bool
) -> None:
    before = (view.is_for_everybody, view.team_id)
    view.name = " ".join(name.split())
    view.is_for_everybody, view.team = is_for_everybody, team
    now = (view.is_for_everybody, view.team_id)
    if view.is_shared and now != before and not by.has_perm("inbox.share_view"):
        raise NotAllowed(_("Only managers and admins share views. Keep it for yourself."))


def _written(view: SavedView, by: User, verb: str) -> SavedView:
    try:
        view.full_clean()
    except ValidationError as error:
        raise BadInput(_complaint(error)) from error
    view.save()
    facts: dict[str, Any] = {"name": view.name, "filters": view.filters}
    shared = "everybody" if view.is_for_everybody else str(view.team or "")
    record(actor=by, verb=verb, target=view, **facts, shared_with=shared)
    return view


def _complaint(error: ValidationError) -> str:
    codes = {one.code for errors in error.error_dict.values() for one in errors}
    if "unique_together" in codes or "unique" in codes:
        return _("You have a view of this name already. Choose another one.")
    if "blank" in codes:
        return _("Give the view a name.")
    return " ".join(error.messages)
