"""What people choose for themselves, and that it is heeded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.forms import SnoozeForm, snooze_choices
from inbox.models import Channel, Conversation, Label, User
from tests.factories import make_conversation, make_user
from tests.inbox.views.lists import page

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def rows(channel: Channel) -> list[Conversation]:
    now = timezone.now()
    return [make_conversation(channel, rank_at=now + timedelta(minutes=n)) for n in range(3)]


def test_they_are_saved_and_shown(desk: Client, ana: User) -> None:
    assert "/preferences/" in page(desk)
    desk.post("/preferences/", {"time_zone": "Asia/Jakarta"})
    ana.refresh_from_db()
    assert (ana.opens_next, ana.time_zone) == (False, "Asia/Jakarta")
    assert "Asia/Jakarta" in page(desk, "/preferences/")


def test_a_time_zone_nobody_knows_is_refused(desk: Client, ana: User) -> None:
    answer = desk.post("/preferences/", {"time_zone": "Mars/Olympus", "opens_next": "on"})
    assert answer.status_code == 422
    ana.refresh_from_db()
    assert ana.time_zone == ""


def test_a_zone_that_no_longer_exists_does_not_close_the_desk(desk: Client, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(time_zone="Europe/Atlantis")
    assert page(desk)


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/New_York"])
def test_ready_times_are_meant_by_the_persons_own_clock(zone: str) -> None:
    with timezone.override(zone):
        for until, hour in (("tomorrow", 9), ("monday", 9)):
            form = SnoozeForm({"until": until})
            assert form.is_valid()
            local = timezone.localtime(form.moment)
            assert (local.hour, local.minute) == (hour, 0)
            assert form.moment > timezone.now()
        assert timezone.localtime(form.moment).weekday() == 0


def test_later_today_is_offered_only_while_it_lies_ahead(monkeypatch: Any) -> None:
    for hour, is_offered in ((8, True), (19, False)):
        now = datetime(2026, 11, 25, hour, tzinfo=UTC)
        monkeypatch.setattr("inbox.forms.timezone.localtime", lambda now=now: now)
        assert ("tonight" in dict(snooze_choices())) is is_offered


ACTS: list[tuple[str, str, dict[str, str], str]] = [
    # the list, the act, what goes along, who it is assigned to before
    ("", "resolve", {}, ""),
    ("", "snooze", {"until": "hour"}, ""),
    ("?assignee=nobody", "take", {}, ""),
    ("?assignee=nobody", "assign", {"to": "{ben}"}, ""),
    ("?assignee=me", "assign", {"to": "{ben}"}, "ana"),
    ("?assignee=me", "assign", {"to": ""}, "ana"),
    ("?status=resolved", "reopen", {}, ""),
    ("?label={label}", "labels/{label}/remove", {}, ""),
]


@pytest.mark.parametrize("opens_next", [True, False])
@pytest.mark.parametrize(("query", "act", "body", "owner"), ACTS)
def test_the_next_one_opens_after_whatever_takes_it_out_of_the_list(
    desk: Client,
    rows: list[Conversation],
    ana: User,
    ben: User,
    query: str,
    act: str,
    body: dict[str, str],
    owner: str,
    opens_next: bool,
) -> None:
    User.objects.filter(pk=ana.pk).update(opens_next=opens_next)
    label = Label.objects.create(name="vip")
    for row in rows:
        row.labels.add(label)
    if owner:
        Conversation.objects.update(assignee=ana)
    if "resolved" in query:
        Conversation.objects.update(status="resolved")
    query, act = query.format(label=label.pk), act.format(label=label.pk)
    body = {name: value.format(ben=ben.pk) for name, value in body.items()}
    answer = desk.post(f"/conversations/{rows[0].pk}/{act}/{query}", body)
    expected = rows[1] if opens_next else rows[0]
    assert answer["Location"].split("?")[0] == expected.get_absolute_url()


@pytest.mark.parametrize(
    ("query", "act", "body"),
    [
        ("", "take", {}),
        ("", "labels", {"name": "vip"}),
        # It did not stand in this list, so the person is not working through it.
        ("?assignee=me", "labels", {"name": "vip"}),
    ],
)
def test_what_stays_where_it_is_stays_open(
    desk: Client, rows: list[Conversation], query: str, act: str, body: dict[str, str]
) -> None:
    answer = desk.post(f"/conversations/{rows[0].pk}/{act}/{query}", body)
    assert answer["Location"].split("?")[0] == rows[0].get_absolute_url()


def test_an_auditor_has_preferences_too(client: Client, db: None) -> None:
    client.force_login(make_user(role="auditor"))
    assert "Time zone" in page(client, "/preferences/")
