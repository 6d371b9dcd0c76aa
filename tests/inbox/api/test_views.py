"""Saved views for programs: the same names, rights and refusals as on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.models import Channel, SavedView, Team, User
from inbox.operations.views import save_view
from tests.factories import make_conversation
from tests.inbox.api.desk import Program

pytestmark = pytest.mark.django_db


def test_a_view_that_a_program_keeps_opens_on_the_pages(ana: User, channel: Channel) -> None:
    made = Program(ana).post(
        "/views/", {"name": " Angry  ones ", "filters": {"sentiment": "negative", "status": "open"}}
    )
    assert made.status_code == 201
    view = SavedView.objects.get()
    assert made.json()["id"] == view.pk
    assert (view.name, view.owner) == ("Angry ones", ana)
    assert view.filters == {"sentiment": "negative"}  # what holds anyway is left out
    assert Program(ana).get("/views/").json()["results"] == [made.json()]


def test_what_is_left_out_of_a_change_stays(ben: User) -> None:
    view = save_view(name="mine", filters={"status": "all"}, by=ben, columns=["reach"])
    program = Program(ben)
    answer = program.post(f"/views/{view.pk}/", {"is_for_everybody": True}, method="PATCH")
    assert answer.status_code == 200
    shown = {"name": "mine", "columns": ["reach"], "is_for_everybody": True, "team_id": None}
    assert answer.json().items() >= shown.items()
    program.post(f"/views/{view.pk}/refit/", {"filters": {"q": "down"}})
    view.refresh_from_db()
    assert (view.filters, view.columns) == ({"q": "down"}, ["reach"])


def test_a_view_moves_among_those_of_its_owner(ana: User) -> None:
    first, second = (save_view(name=name, filters={}, by=ana) for name in ("one", "two"))
    Program(ana).post(f"/views/{second.pk}/move/", {"to": "up"})
    assert list(SavedView.objects.visible_to(ana)) == [second, first]


def test_views_of_others_are_not_there_unless_they_are_shared(ana: User, ben: User) -> None:
    private = save_view(name="private", filters={}, by=ben)
    shared = save_view(name="shared", filters={}, by=ben, is_for_everybody=True)
    program = Program(ana)
    assert [row["id"] for row in program.get("/views/").json()["results"]] == [shared.pk]
    assert program.get(f"/views/{private.pk}/").status_code == 404
    assert program.post(f"/views/{shared.pk}/", method="DELETE").status_code == 403
    assert SavedView.objects.count() == 2


def test_sharing_takes_a_manager(ana: User, ben: User) -> None:
    body = {"name": "x", "filters": {}, "team": Team.objects.create(name="night").pk}
    assert Program(ana).post("/views/", body).status_code == 403
    assert Program(ben).post("/views/", body).json()["team_id"] == body["team"]


def test_a_token_that_only_reads_keeps_nothing(ana: User, cleo: User) -> None:
    body = {"name": "x", "filters": {}}
    assert Program(ana, "read").post("/views/", body).status_code == 403
    assert not SavedView.objects.exists()
    assert Program(cleo).post("/views/", body).status_code == 201  # as on the pages


def test_a_deleted_view_leaves_the_conversations(ana: User, channel: Channel) -> None:
    row, view = make_conversation(channel), save_view(name="mine", filters={}, by=ana)
    assert Program(ana).post(f"/views/{view.pk}/", method="DELETE").status_code == 204
    row.refresh_from_db()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filters": {}}, "name"),
        ({"name": "x"}, "filters"),
        ({"name": "x", "filters": {"colour": "red"}}, "filters.colour"),
        ({"name": "x", "filters": {"label": "999"}}, "filters.label"),
        ({"name": "x", "filters": {"view": "1"}}, "filters.view"),
        ({"name": "x", "filters": {}, "columns": ["price"]}, "columns.0"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    ana: User, body: dict[str, Any], field: str
) -> None:
    answer = Program(ana).post("/views/", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
