"""Share of voice: us beside others, with the messages behind every number."""

from __future__ import annotations

import csv
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from inbox.models import Channel, HitCount, SavedSearch, Team, User
from inbox.share import Span
from tests.factories import make_channel, make_conversation, make_user
from tests.inbox.listening import make_hit, make_search

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


@pytest.fixture
def toyota(channel: Channel) -> SavedSearch:
    return make_search(channel, name="Us", brand="Toyota", is_ours=True)


@pytest.fixture
def ford(channel: Channel) -> SavedSearch:
    return make_search(channel, name="Them", brand="Ford", words=("ford",))


def shares(page: Any) -> dict[str, tuple[int, int]]:
    """Return total and percent of each brand, in the order of the page."""
    return {row["brand"].name: (row["total"][0], row["share"]) for row in page.context["rows"]}


def test_it_teaches_where_no_search_stands_for_a_brand(reader: Client, channel: Channel) -> None:
    make_search(channel)
    assert "No search stands for a brand yet" in reader.get(reverse("inbox:share")).text


def test_we_stand_beside_others(
    reader: Client, channel: Channel, toyota: SavedSearch, ford: SavedSearch
) -> None:
    for number in range(6):
        make_hit(toyota, channel, sentiment="negative" if number < 4 else "positive")
    for _number in range(2):
        make_hit(ford, channel)
    page = reader.get(reverse("inbox:share"))
    assert shares(page) == {"Toyota": (6, 75), "Ford": (2, 25)}
    (ours, theirs) = page.context["rows"]
    assert [number for _label, number, _url in ours["parts"]] == [4, 0, 2]
    assert [number for _label, number, _url in theirs["parts"]] == [0, 2, 0]
    assert page.text.count("<svg") >= 4
    assert "style=" not in page.text


def test_searches_of_one_name_are_counted_together(
    reader: Client, channel: Channel, toyota: SavedSearch
) -> None:
    more = make_search(channel, name="Lexus", brand="Toyota", words=("lexus",))
    make_hit(toyota, channel)
    make_hit(more, channel)
    assert shares(reader.get(reverse("inbox:share"))) == {"Toyota": (2, 100)}


def test_what_two_searches_of_a_brand_found_counts_once_and_the_numbers_add_up(
    reader: Client, channel: Channel, toyota: SavedSearch, ford: SavedSearch
) -> None:
    more = make_search(channel, name="Brakes", brand="Toyota", words=("brakes",))
    for search in (toyota, more, ford):
        make_hit(search, channel, key="x:same", sentiment="negative")
    make_hit(more, channel)
    page = reader.get(reverse("inbox:share"))
    assert shares(page) == {"Toyota": (2, 67), "Ford": (1, 33)}
    (row, _ford) = page.context["rows"]
    for number, url in [
        row["total"],
        *((number, url) for _label, number, url in row["parts"] if number),
    ]:
        assert len(reader.get(url).context["hits"]) == number
    lines = b"".join(reader.get(reverse("inbox:share_export"))).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = list(csv.DictReader(lines.splitlines()))
    assert sum(int(one["count"]) for one in rows if one["brand"] == "Toyota") == 2


def test_every_number_leads_to_what_is_behind_it(
    reader: Client, channel: Channel, toyota: SavedSearch
) -> None:
    told = make_conversation(channel, text="My Toyota <b>stopped</b>").messages.get()
    make_hit(toyota, channel, sentiment="negative", message=told)
    make_hit(toyota, channel, sentiment="positive")
    page = reader.get(reverse("inbox:share"))
    (row,) = page.context["rows"]
    for number, url in [
        row["total"],
        *((number, url) for _label, number, url in row["parts"] if number),
        *(cell for _step, cells in page.context["steps"] for cell in cells),
    ]:
        assert escape(url) in page.text
        shown = reader.get(url)
        assert len(shown.context["hits"]) == number
    negative = reader.get(row["parts"][0][2]).text
    assert "My Toyota &lt;b&gt;stopped" in negative
    assert told.conversation is not None
    assert told.conversation.get_absolute_url() in negative
    positive = reader.get(row["parts"][2][2]).text
    assert "Read it on the network" in positive
    assert "Only counted" in positive


def test_old_numbers_say_that_only_counts_are_kept(
    reader: Client, channel: Channel, toyota: SavedSearch
) -> None:
    at = timezone.now() - timedelta(days=60)
    HitCount.objects.create(search=toyota, channel=channel, at=at, sentiment="neutral", count=41)
    page = reader.get(reverse("inbox:share") + "?range=90d")
    assert shares(page) == {"Toyota": (41, 100)}
    assert "only the counts are kept" in page.text
    ((_step, cells),) = page.context["steps"]
    assert cells == [(41, "")]
    assert shares(reader.get(reverse("inbox:share") + "?range=30d")) == {"Toyota": (0, 0)}


def test_hours_days_and_own_dates(reader: Client, channel: Channel, toyota: SavedSearch) -> None:
    make_hit(toyota, channel, sent_at=timezone.now() - timedelta(minutes=1))
    day = reader.get(reverse("inbox:share") + "?range=24h")
    assert day.context["span"].is_hourly
    assert len(day.context["span"].steps()) == 24
    assert shares(day) == {"Toyota": (1, 100)}
    week = reader.get(reverse("inbox:share"))
    assert '<option value="7d" selected>' in week.text
    assert "Clear" not in week.text
    assert len(week.context["span"].steps()) == 7
    today = timezone.localdate()
    own = reader.get(reverse("inbox:share") + f"?since={today}&until={today}")
    assert own.context["span"].is_hourly
    gone = reader.get(reverse("inbox:share") + "?since=2020-01-01&until=2020-01-05")
    assert "Nothing was found in this time" in gone.text


@pytest.mark.parametrize(
    "query",
    ["range=1y", "since=x", "since=2026-01-02&until=2026-01-01", "until=2026-01-01", "channel=0",
     "since=2020-01-01&until=2026-01-01"],
)  # fmt: skip
def test_filters_that_cannot_be_are_said(reader: Client, toyota: SavedSearch, query: str) -> None:
    page = reader.get(f"{reverse('inbox:share')}?{query}")
    assert page.status_code == 422
    assert 'class="field__error"' in page.text
    assert reader.get(f"{reverse('inbox:share_export')}?{query}").status_code == 422


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=2026-99-99T00:00:00Z", "sentiment=x", "channel=x",
              "since=2026-01-01T00:00:00", "after=x"],
)  # fmt: skip
def test_addresses_that_cannot_be_are_refused(reader: Client, query: str) -> None:
    assert reader.get(f"{reverse('inbox:hits')}?{query}").status_code == 422


def test_one_channel_alone(
    reader: Client, channel: Channel, toyota: SavedSearch, ford: SavedSearch
) -> None:
    other = make_channel()
    ford.channels.add(other)
    make_hit(toyota, channel)
    make_hit(ford, other)
    page = reader.get(f"{reverse('inbox:share')}?channel={other.pk}")
    assert shares(page) == {"Toyota": (0, 0), "Ford": (1, 100)}
    assert f"channel={other.pk}" in page.context["rows"][1]["total"][1]


def test_the_same_numbers_as_csv(
    reader: Client, channel: Channel, toyota: SavedSearch, ford: SavedSearch
) -> None:
    SavedSearch.objects.filter(pk=ford.pk).update(name="=cmd()")
    make_hit(toyota, channel, sentiment="negative", language="id")
    make_hit(ford, channel)
    answer = reader.get(reverse("inbox:share_export"))
    body = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]
    header, *rows = csv.reader(body.splitlines())
    assert header == [
        *("at", "brand", "is_ours", "search", "channel", "sentiment", "language", "count")
    ]
    assert [row[1:4] + row[5:] for row in rows] == [
        ["Toyota", "yes", "Us", "negative", "id", "1"],
        ["Ford", "no", "'=cmd()", "neutral", "", "1"],
    ]


def test_a_cap_is_named_where_its_numbers_end(
    reader: Client, channel: Channel, toyota: SavedSearch
) -> None:
    make_hit(toyota, channel)
    SavedSearch.objects.update(
        read_on=timezone.localdate(), read_count=1000, capped_at=timezone.now()
    )
    assert "The numbers of “Us” end today" in reader.get(reverse("inbox:share")).text


def test_an_agent_sees_the_numbers_of_their_teams_channels_only(
    client: Client, channel: Channel, toyota: SavedSearch
) -> None:
    hidden = make_channel(team=Team.objects.create(name="Others"))
    toyota.channels.add(hidden)
    make_hit(toyota, channel)
    make_hit(toyota, hidden)
    client.force_login(make_user("somebody", "agent"))
    assert shares(client.get(reverse("inbox:share"))) == {"Toyota": (1, 100)}
    assert len(client.get(reverse("inbox:hits")).context["hits"]) == 1
    body = b"".join(client.get(reverse("inbox:share_export")))  # type: ignore[arg-type]
    assert body.count(b"\n") == 2


def test_long_lists_go_on(reader: Client, channel: Channel, toyota: SavedSearch) -> None:
    for _number in range(60):
        make_hit(toyota, channel)
    first = reader.get(reverse("inbox:hits") + "?brand=Toyota")
    assert len(first.context["hits"]) == 50
    (more,) = set(re.findall(r'hx-get="([^"]*after=[^"]*)"', first.text))
    rest = reader.get(
        reverse("inbox:hits") + more.replace("&amp;", "&"), headers={"hx-request": "true"}
    )
    assert rest.text.count('class="found-list__one"') == 10
    assert "<html" not in rest.text


def test_the_page_costs_the_same_for_many_numbers(
    reader: Client, channel: Channel, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        search = make_search(
            channel, name=f"S{number}", brand=f"B{number}", words=(f"word{number}",)
        )
        for day in range(5):
            make_hit(search, channel, sent_at=timezone.now() - timedelta(days=day))
    with django_assert_max_num_queries(12):
        reader.get(reverse("inbox:share"))


def test_a_day_ends_with_the_day_also_where_the_clocks_change() -> None:
    from zoneinfo import ZoneInfo

    with timezone.override(ZoneInfo("Europe/Berlin")):
        zone = ZoneInfo("Europe/Berlin")
        span = Span(datetime(2026, 3, 27, tzinfo=zone), datetime(2026, 3, 31, tzinfo=zone))
        assert [step.day for step in span.steps()] == [27, 28, 29, 30]
        assert all(step.hour == 0 for step in span.steps())
