"""The pages of saved searches: the list, the form, the look before saving."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox.connectors.errors import RateLimited
from inbox.models import Channel, HitCount, SavedSearch, Team, User
from inbox.operations import channels
from tests.factories import make_channel, make_user
from tests.inbound import ListNetwork, item
from tests.inbox.listening import make_search

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client, ben: User) -> Client:
    client.force_login(ben)
    return client


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> ListNetwork:
    network = ListNetwork(size=50)
    network.listening = lambda terms: ("search:toyota",)  # type: ignore[attr-defined]
    monkeypatch.setattr(channels, "connector_for", lambda channel: network)
    return network


def form(channel: Channel, **values: Any) -> dict[str, Any]:
    return {
        "name": "Toyota",
        "words": "Toyota, lexus #recall",
        "phrases": "“rem  blong”\r\n",
        "hashtags": "#toyota",
        "beside": "ford, general motors",
        "without": "for sale",
        "language": "id",
        "channels": [channel.pk],
        "purpose": "count",
        "stands_for": "us",
        "brand": "Toyota",
        "daily_cap": "500",
    } | values


def test_a_manager_saves_a_search_and_changes_it(manager: Client, channel: Channel) -> None:
    answer = manager.post(reverse("inbox:search_new"), form(channel))
    assert answer["Location"] == reverse("inbox:searches")
    search = SavedSearch.objects.get()
    assert search.words == ["Toyota", "lexus"]
    assert search.hashtags == ["toyota", "recall"]
    assert search.phrases == ["rem blong"]
    assert search.beside == ["ford", "general motors"]
    assert (search.is_ours, search.brand, search.purpose) == (True, "Toyota", "count")
    page = manager.get(search.get_absolute_url())
    for words in ("Toyota lexus", "rem blong", "#toyota #recall", "ford, general motors"):
        assert words in page.text
    manager.post(search.get_absolute_url(), form(channel, stands_for="", words="Corolla"))
    search.refresh_from_db()
    assert (search.words, search.brand, search.is_ours) == (["Corolla"], "", False)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "Give the search a name."),
        ({"words": "the", "phrases": "", "hashtags": ""}, "“the” stands in nearly every text"),
        ({"words": "", "phrases": "", "hashtags": ""}, "at least one word, phrase or hashtag"),
        ({"daily_cap": ""}, "takes money for each post"),
        ({"brand": ""}, "Write the name that the charts should show."),
        ({"channels": []}, "Choose at least one channel"),
    ],
)
def test_what_cannot_be_saved_is_said_beside_its_field(
    manager: Client, channel: Channel, values: dict[str, Any], words: str
) -> None:
    answer = manager.post(reverse("inbox:search_new"), form(channel, **values))
    assert answer.status_code == 422
    assert words in answer.text
    assert not SavedSearch.objects.exists()


def test_a_look_shows_what_is_left_out_and_what_a_day_costs(
    manager: Client, channel: Channel, network: ListNetwork
) -> None:
    now = timezone.now()
    network.items = [
        item(number, text, sent_at=now - timedelta(hours=24 - number))
        for number, text in enumerate(["a toyota <b>", "toyota for sale", "Ford", "Opel"], 1)
    ]
    values = form(channel, name="", daily_cap="", language="", beside="")
    for headers in ({"hx-request": "true"}, {}):
        page = manager.post(reverse("inbox:search_preview"), values, headers=headers).text
        assert "a toyota &lt;b&gt;" in page
        assert "“for sale” stands in it" in page
        assert "none of the words stands in it" in page
        assert "about 4 a day" in page
        assert "US$ 0.02" in page  # four posts at half a cent
        assert ("<form" in page) is not bool(headers)
    assert network.windows[0].most == 20
    assert not SavedSearch.objects.exists()


def test_a_look_says_what_is_wrong_instead_of_asking(
    manager: Client, channel: Channel, network: ListNetwork
) -> None:
    values = form(channel, words="dan", phrases="", hashtags="")
    page = manager.post(
        reverse("inbox:search_preview"), values, headers={"hx-request": "true"}
    ).text
    assert "“dan” stands in nearly every text" in page
    assert network.windows == []


def test_a_look_at_a_network_in_trouble_says_so(
    manager: Client, channel: Channel, network: ListNetwork
) -> None:
    network.fail = RateLimited("X asks us to wait.")
    page = manager.post(reverse("inbox:search_preview"), form(channel)).text
    assert "X asks us to wait." in page


def test_the_list_says_how_each_search_fares(manager: Client, channel: Channel) -> None:
    assert "Nobody is listened to yet" in manager.get(reverse("inbox:searches")).text
    search = make_search(channel, daily_cap=100)
    HitCount.objects.create(
        search=search, channel=channel, at=timezone.now(), sentiment="neutral", count=41
    )
    search.streams.update(last_error="The network does not answer.")
    page = manager.get(reverse("inbox:searches")).text
    assert "<strong>41</strong>" in page
    assert "The network does not answer." in page
    SavedSearch.objects.update(
        read_on=timezone.localdate(), read_count=100, capped_at=timezone.now()
    )
    page = manager.get(reverse("inbox:searches"), headers={"hx-request": "true"}).text
    assert "Rests until tomorrow" in page
    assert "US$ 0.50" in page
    assert "<html" not in page


def test_pause_resume_and_delete(manager: Client, channel: Channel) -> None:
    search = make_search(channel)
    manager.post(reverse("inbox:search_pause", args=[search.pk]), {"paused": "1"})
    assert "Paused." in manager.get(reverse("inbox:searches")).text
    manager.post(reverse("inbox:search_pause", args=[search.pk]), {"paused": "0"})
    search.refresh_from_db()
    assert not search.is_paused
    manager.post(reverse("inbox:search_delete", args=[search.pk]))
    assert not SavedSearch.objects.exists()


def test_the_list_costs_the_same_for_many_searches(
    manager: Client, channel: Channel, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        make_search(channel, name=f"Search {number}", words=(f"word{number}",))
    with django_assert_max_num_queries(14):
        manager.get(reverse("inbox:searches"))


def test_a_search_of_another_team_is_absent(client: Client) -> None:
    hidden = make_channel(team=Team.objects.create(name="Others"), name="Zanzibar")
    search = make_search(hidden, name="Secret words")
    client.force_login(make_user("somebody", "manager"))
    assert "Secret words" not in client.get(reverse("inbox:searches")).text
    assert "Zanzibar" not in client.get(reverse("inbox:search_new")).text
    assert client.get(search.get_absolute_url()).status_code == 404
    answer = client.post(reverse("inbox:search_new"), form(hidden))
    assert answer.status_code == 422
