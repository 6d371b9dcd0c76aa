"""Texts as Bluesky measures them, and what is live in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.connectors.bluesky.text import expanded, facets, features, graphemes, measure

FAMILY = "👩‍👩‍👧‍👧"


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("abc", 3), (FAMILY, 1), ("e\u0301", 1), ("🇮🇩", 1), ("a\r\nb", 3)]
)
def test_what_people_see_is_counted(text: str, count: int) -> None:
    assert graphemes(text) == count


def test_the_rule_that_is_nearer_to_being_broken_is_shown() -> None:
    # 121 families are few enough to see, and too many to store.
    found = measure(FAMILY * 121, most_graphemes=300, most_bytes=3000)
    assert (found.length, found.limit) == (3025, 3000)
    found = measure("x" * 301, most_graphemes=300, most_bytes=3000)
    assert (found.length, found.limit) == (301, 300)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("see https://a.example/x.", [("link", "https://a.example/x")]),
        ("see (https://a.example/x)", [("link", "https://a.example/x")]),
        ("https://a.example/x_(y)", [("link", "https://a.example/x_(y)")]),
        ("status.example.com/now, now", [("link", "https://status.example.com/now")]),
        ("end.Then we go", []),
        ("write to help@brand.example", []),
        ("hi @Rina.Test!", [("mention", "rina.test")]),
        ("hi @rina", []),
        ("(@rina.test) @bo.example.", [("mention", "rina.test"), ("mention", "bo.example")]),
        ("#NusaUp, #1 #2026 #日本 ##", [("tag", "NusaUp"), ("tag", "日本")]),
        ("https://a.example/#part", [("link", "https://a.example/#part")]),
        ("https://a.example/@rina.test", [("link", "https://a.example/@rina.test")]),
        ("#" + "x" * 65, []),
    ],
)
def test_links_mentions_and_hashtags_are_found(text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(feature.kind, feature.value) for feature in features(text)] == wanted


@given(st.text(st.sampled_from("aé👩日 .#@/:h-") | st.sampled_from("tps"), max_size=60))
def test_facets_are_whole_characters_in_order(text: str) -> None:
    whole, end = text.encode(), 0
    for facet in facets(text, lambda _handle: "did:plc:x"):
        start, stop = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert end <= start < stop <= len(whole)
        assert whole[start:stop].decode() in text
        end = stop


def test_a_mention_of_nobody_stays_text() -> None:
    assert facets("hi @rina.test", lambda _handle: None) == []


def link(
    start: object, end: object, uri: object = "https://evil.example/login"
) -> dict[str, object]:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def test_what_a_link_hides_is_shown() -> None:
    text = "Ça va? bank.example and a.example/long..."
    at = len("Ça va? ".encode())
    given_ = [
        link(at, at + 12),
        link(at + 17, at + 34, "https://a.example/longer/still"),
    ]
    assert expanded(text, given_) == (
        "Ça va? bank.example (https://evil.example/login) and https://a.example/longer/still"
    )


@pytest.mark.parametrize(
    "facet",
    [
        link(1, 2),  # inside of a character
        link(-3, 2),
        link(5, 900),
        link(4, 2),
        link("0", 3),
        link(0, 3, "javascript:alert(1)"),
        {"index": None, "features": [{}]},
        {"features": "x"},
        "no facet",
    ],
)
def test_facets_that_do_not_fit_are_passed_over(facet: object) -> None:
    assert expanded("Ça va?", [facet]) == "Ça va?"
