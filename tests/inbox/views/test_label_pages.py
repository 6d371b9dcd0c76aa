"""Managing labels: renaming, recolouring, merging and deleting, with how many wear them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.models import AuditEvent, Channel, Label, LiveEvent, User
from inbox.operations import labels as ops
from tests.factories import make_conversation
from tests.inbox.views.lists import BUDGET, page


@pytest.fixture
def lead(client: Client, ben: User) -> Client:
    client.force_login(ben)
    return client


def test_the_page_names_colour_and_number_of_each(lead: Client, channel: Channel) -> None:
    labels = [Label.objects.create(name=f"label {n}", color="red") for n in range(20)]
    for _number in range(3):
        make_conversation(channel).labels.add(labels[0])
    with CaptureQueriesContext(connection) as queries:
        html = page(lead, "/labels/")
    assert "Red · on 3 conversations" in html
    assert len(queries) <= BUDGET


def test_a_long_number_is_capped(
    lead: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.views.label_pages.MOST_COUNTED", 2)
    label = Label.objects.create(name="outage")
    for _number in range(4):
        make_conversation(channel).labels.add(label)
    assert "on 2+ conversations" in page(lead, "/labels/")


def test_a_label_is_renamed_and_recoloured_for_everybody(lead: Client, ben: User) -> None:
    label = Label.objects.create(name="outage", color="red")
    lead.post(f"/labels/{label.pk}/", {"name": " Big  outage ", "color": "amber"})
    label.refresh_from_db()
    assert (label.name, label.color) == ("Big outage", "amber")
    assert AuditEvent.objects.get().verb == "inbox.label.changed"
    assert LiveEvent.objects.filter(kind="resync").exists()


@pytest.mark.parametrize(
    ("name", "color"), [("", "red"), ("VIP", "red"), ("x" * 41, "red"), ("fine", "pink")]
)
def test_a_name_or_colour_that_does_not_do_is_refused(lead: Client, name: str, color: str) -> None:
    Label.objects.create(name="vip")
    label = Label.objects.create(name="outage")
    answer = lead.post(f"/labels/{label.pk}/", {"name": name, "color": color})
    assert answer.status_code == 422
    label.refresh_from_db()
    assert label.name == "outage"


def test_merging_keeps_every_conversation_labelled_once(
    lead: Client, channel: Channel, ben: User
) -> None:
    one, other = Label.objects.create(name="outage"), Label.objects.create(name="down")
    both, only = make_conversation(channel), make_conversation(channel)
    both.labels.add(one, other)
    only.labels.add(other)
    lead.post(f"/labels/{other.pk}/merge/", {"into": one.pk})
    assert list(Label.objects.all()) == [one]
    assert [list(row.labels.all()) for row in (both, only)] == [[one], [one]]
    assert lead.post(f"/labels/{one.pk}/merge/", {"into": one.pk}).status_code == 422


def test_deleting_takes_it_off_everything(lead: Client, channel: Channel) -> None:
    label = Label.objects.create(name="outage")
    row = make_conversation(channel)
    row.labels.add(label)
    lead.post(f"/labels/{label.pk}/delete/")
    assert not Label.objects.exists()
    assert not row.labels.exists()
    assert AuditEvent.objects.get(verb="inbox.label.deleted").data["count"] == 1


def test_agents_make_labels_but_do_not_manage_them(ana: User) -> None:
    label = ops.make_label(name="vip", color="red", by=ana)
    with pytest.raises(ops.NotAllowed):
        ops.delete_label(label=label, by=ana)
    with pytest.raises(ops.NotAllowed):
        ops.change_label(label=label, name="x", color="red", by=ana)
    with pytest.raises(ops.NotAllowed):
        ops.merge_label(label=label, into=Label.objects.create(name="y"), by=ana)
