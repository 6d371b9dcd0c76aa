"""The language of the search box: nothing that is typed is lost, and nothing breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.search.query import NAMES, Operator, Problem, Term, parse

SYNTAX = st.lists(
    st.sampled_from(
        ['"', "-", ":", " ", "is:", "from:", "x", "word", "@", "é", "約", "//", "\u3000"]
    )
).map("".join)


def shape(text: str) -> list[object]:
    return [
        (part.words, part.is_not, part.is_start)
        if isinstance(part, Term)
        else (part.name, part.value, part.is_not)
        if isinstance(part, Operator)
        else part.typed
        for part in parse(text).parts
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("refund", [(("refund",), False, True)]),
        ("refund ", [(("refund",), False, False)]),
        ("no re", [(("no",), False, False), (("re",), False, False)]),
        ('"no answer"', [(("no", "answer"), False, False)]),
        ('"no answ', [(("no", "answ"), False, False)]),
        ("-solved", [(("solved",), True, False)]),
        ('-"all good" x', [(("all", "good"), True, False), (("x",), False, False)]),
        ("INV-2291", [(("inv", "2291"), False, True)]),
        ("well-known", [(("well", "known"), False, True)]),
        ("is:open", [("is", "open", False)]),
        ("-IS:Open", [("is", "Open", True)]),
        ('label:"very long"', [("label", "very long", False)]),
        ("from:@budi", [("from", "@budi", False)]),
        ("https://x.com/a", [(("https", "x", "com", "a"), False, False)]),
        ("10:30", [(("10", "30"), False, True)]),
        ("約", [(("約",), False, True)]),
        ("is:", ["is:"]),
        ("colour:red", ["colour:red"]),
        ('"colour:red"', [(("colour", "red"), False, False)]),
        ("- --", ["-", "--"]),
    ],
)
def test_what_each_way_of_writing_means(text: str, parts: list[object]) -> None:
    assert shape(text) == parts


@given(st.text(max_size=200) | SYNTAX)
def test_every_visible_character_belongs_to_a_part(text: str) -> None:
    query = parse(text)
    assert "".join("".join(part.typed.split()) for part in query.parts) == "".join(text.split())


@given(st.text(max_size=200) | SYNTAX)
def test_every_part_means_something(text: str) -> None:
    for part in parse(text).parts:
        if isinstance(part, Term):
            assert part.words
            assert all(word and not set(word) & set(" '\"\\()|&!<>:*") for word in part.words)
        elif isinstance(part, Operator):
            assert part.name in NAMES
            assert part.value
        else:
            assert isinstance(part, Problem)
            assert part.message


@given(SYNTAX)
def test_taking_a_part_away_leaves_the_others(text: str) -> None:
    query = parse(text)
    for index, part in enumerate(query.parts):
        others = [other.typed for at, other in enumerate(query.parts) if at != index]
        left = [other.typed for other in parse(query.without(part)).parts]
        assert left == others or '"' in text  # an open quote swallows what now follows it


@given(st.text(max_size=200) | SYNTAX)
def test_reading_is_repeatable(text: str) -> None:
    assert parse(text) == parse(text)
