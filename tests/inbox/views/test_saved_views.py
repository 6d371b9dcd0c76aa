"""The switcher and the pages around saved views."""

from __future__ import annotations

import re

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import AuditEvent, Channel, Column, Label, SavedView, Team, User
from inbox.operations import views as ops
from inbox.operations.labels import delete_label
from tests.factories import make_channel, make_conversation, make_user
from tests.inbox.views.lists import BUDGET, fill, ids, page

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    caches["memory"].clear()


@pytest.fixture
def reader(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def names(user: User) -> list[str]:
    return [view.name for view in SavedView.objects.visible_to(user)]


def test_the_filters_of_the_address_are_kept_under_a_name(
    reader: Client, channel: Channel, ana: User
) -> None:
    row = make_conversation(channel, sentiment="negative")
    make_conversation(channel)
    query = "sentiment=negative&sort=newest"
    assert "Save this view" in page(reader, f"/?{query}")
    answer = reader.post(
        f"/views/new/?{query}", {"name": " Angry  people ", "columns": ["waiting", "labels"]}
    )
    view = SavedView.objects.get()
    assert (view.name, view.owner, view.is_shared) == ("Angry people", ana, False)
    assert view.filters == {"sentiment": "negative", "sort": "newest"}
    assert answer["Location"] == view.get_absolute_url()
    html = page(reader, answer["Location"])
    assert ids(html) == [row.pk]
    assert "Save this view" not in html
    assert AuditEvent.objects.filter(verb="inbox.view.saved").exists()


def test_a_view_decides_which_facts_its_rows_show(
    reader: Client, channel: Channel, ana: User
) -> None:
    row = make_conversation(channel, sentiment="negative", language="id", assignee=ana)
    row.labels.add(Label.objects.create(name="outage"))
    view = ops.save_view(name="Short", filters={}, columns=["labels"], by=ana)
    marks = {"row__word--negative": False, "row__label": True, "row__avatar": False}
    marks |= {"row__wait": False, "row__channel": False}
    for path in (view.get_absolute_url(), f"/rows/?view={view.pk}&ids={row.pk}"):
        html = page(reader, path)
        assert {mark: mark in html for mark in marks} == marks
    assert all(mark in page(reader) for mark in marks)


def test_a_shared_me_means_who_looks(channel: Channel, ana: User, ben: User) -> None:
    view = ops.save_view(name="Mine", filters={"assignee": "me"}, by=ben, is_for_everybody=True)
    mine = make_conversation(channel, assignee=ana)
    make_conversation(channel, assignee=ben)
    client = Client()
    client.force_login(ana)
    assert ids(page(client, view.get_absolute_url())) == [mine.pk]


def test_a_view_never_shows_more_than_one_may_see(
    client: Client, ana: User, dewi: User, db: None
) -> None:
    hidden = make_channel(team=Team.objects.create(name="Theirs"))
    row = make_conversation(hidden, text="secret words")
    view = ops.save_view(
        name="Theirs", filters={"channel": str(hidden.pk)}, by=dewi, is_for_everybody=True
    )
    client.force_login(ana)
    assert "secret words" not in page(client, view.get_absolute_url())
    counted = page(client, "/views/counts/")
    assert re.search(rf'view-count-{view.pk}">(0|<span)', counted), counted
    client.force_login(dewi)
    assert ids(page(client, view.get_absolute_url())) == [row.pk]


def test_who_shares(ana: User, ben: User, dewi: User, cleo: User) -> None:
    team = Team.objects.create(name="Night")
    night = make_user("night")
    team.members.add(night)
    ops.save_view(name="all", filters={}, by=ben, is_for_everybody=True)
    ops.save_view(name="night", filters={}, by=dewi, team=team)
    ops.save_view(name="ana's", filters={}, by=ana)
    ops.save_view(name="cleo's", filters={}, by=cleo)
    assert names(ana) == ["ana's", "all"]
    assert names(night) == ["all", "night"]
    assert names(cleo) == ["cleo's", "all"]
    for who in (ana, cleo):
        with pytest.raises(NotAllowed):
            ops.save_view(name="x", filters={}, by=who, is_for_everybody=True)
        with pytest.raises(NotAllowed):
            ops.save_view(name="x", filters={}, by=who, team=team)


def test_a_dissolved_team_leaves_the_view_to_its_owner(dewi: User) -> None:
    team = Team.objects.create(name="Night")
    view = ops.save_view(name="night", filters={}, by=dewi, team=team)
    team.delete()
    view.refresh_from_db()
    assert not view.is_shared


def test_a_view_is_changed_by_its_owner_and_a_shared_one_by_managers(
    ana: User, ben: User, dewi: User
) -> None:
    private = ops.save_view(name="ana's", filters={}, by=ana)
    shared = ops.save_view(name="all", filters={}, by=dewi, is_for_everybody=True)
    with pytest.raises(NotAllowed):
        ops.refit_view(view=private, filters={"q": "x"}, by=ben)
    with pytest.raises(NotAllowed):
        ops.delete_view(view=shared, by=ana)
    ops.refit_view(view=shared, filters={"q": "x"}, by=ben)
    ops.change_view(view=shared, name="All of us", columns=[], by=ben, is_for_everybody=True)
    shared.refresh_from_db()
    assert (shared.name, shared.filters, shared.columns) == ("All of us", {"q": "x"}, [])
    ops.delete_view(view=shared, by=ben)
    assert not SavedView.objects.filter(pk=shared.pk).exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "taken"])
def test_a_name_that_does_not_do_is_refused_in_words(reader: Client, ana: User, name: str) -> None:
    ops.save_view(name="taken", filters={}, by=ana)
    answer = reader.post("/views/new/", {"name": name})
    assert answer.status_code == 422
    assert SavedView.objects.count() == 1


def test_there_is_an_end_to_views(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops, "MOST_VIEWS", 1)
    ops.save_view(name="one", filters={}, by=ana)
    with pytest.raises(BadInput):
        ops.save_view(name="two", filters={}, by=ana)


def test_a_column_that_does_not_exist_is_refused(ana: User) -> None:
    with pytest.raises(BadInput):
        ops.save_view(name="one", filters={}, columns=["password"], by=ana)
    assert set(Column.values) >= {"reach", "waiting", "assignee"}


def test_views_move_up_and_down(reader: Client, ana: User) -> None:
    one, _two, three = (ops.save_view(name=n, filters={}, by=ana) for n in ("1", "2", "3"))
    reader.post(f"/views/{three.pk}/move/", {"to": "up"})
    assert names(ana) == ["1", "3", "2"]
    reader.post(f"/views/{one.pk}/move/", {"to": "down"})
    reader.post(f"/views/{one.pk}/move/", {"to": "down"})
    reader.post(f"/views/{one.pk}/move/", {"to": "down"})
    assert names(ana) == ["3", "2", "1"]


def test_the_first_nine_have_keys(reader: Client, ana: User) -> None:
    for number in range(1, 12):
        ops.save_view(name=f"view {number}", filters={}, by=ana)
    html = page(reader)
    assert re.findall(r'data-key="g (\d)"', html) == [str(n) for n in range(10)]


def test_what_a_view_asks_for_may_be_deleted_and_it_says_so(
    reader: Client, channel: Channel, ana: User, ben: User
) -> None:
    row = make_conversation(channel)
    label = Label.objects.create(name="outage")
    view = ops.save_view(name="Outage", filters={"label": str(label.pk)}, by=ana)
    delete_label(label=label, by=ben)
    html = page(reader, view.get_absolute_url())
    assert "was deleted or is not yours to see: Label" in html
    assert ids(html) == [row.pk]
    assert "Save changes" in html
    assert "Label: deleted" in page(reader, "/views/")
    assert "?</span>" in page(reader, "/views/counts/")
    reader.post(f"/views/{view.pk}/refit/?view={view.pk}")
    view.refresh_from_db()
    assert view.filters == {}


def test_changed_filters_are_offered_to_be_saved_into_the_view(reader: Client, ana: User) -> None:
    view = ops.save_view(name="Angry", filters={"sentiment": "negative"}, by=ana)
    query = f"view={view.pk}&sentiment=negative&language=id"
    html = page(reader, f"/?{query}")
    assert "Save changes" in html
    assert "Save as new" in html
    answer = reader.post(f"/views/{view.pk}/refit/?{query}")
    view.refresh_from_db()
    assert view.filters == {"sentiment": "negative", "language": "id"}
    assert answer["Location"] == view.get_absolute_url()


@pytest.mark.parametrize("pk", ["999", "x", "-1", "9" * 40])
def test_a_view_that_is_not_there_leaves_the_plain_list(
    reader: Client, channel: Channel, pk: str
) -> None:
    row = make_conversation(channel)
    assert ids(page(reader, f"/?view={pk}")) == [row.pk]


def test_counts_come_in_one_answer_for_all_views(
    reader: Client, channel: Channel, ana: User
) -> None:
    fill(channel, 60)
    for number in range(14):
        ops.save_view(name=f"{number}", filters={"status": "resolved"}, by=ana)
    with CaptureQueriesContext(connection) as queries:
        html = page(reader, "/views/counts/")
    assert len(re.findall(r"view-count-\d+\">12<", html)) == 12
    assert '#list-count">36<' in html
    assert len(queries) <= BUDGET, [query["sql"][:100] for query in queries]


def test_the_queue_keeps_its_budget_with_many_views(
    reader: Client, channel: Channel, ana: User
) -> None:
    fill(channel, 100)
    for number in range(12):
        view = ops.save_view(name=f"{number}", filters={"sentiment": "negative"}, by=ana)
    for path in ("/", view.get_absolute_url()):
        with CaptureQueriesContext(connection) as queries:
            page(reader, path)
        assert len(queries) <= BUDGET, [query["sql"][:100] for query in queries]
