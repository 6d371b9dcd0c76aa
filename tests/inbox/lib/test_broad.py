"""Terms that nobody should search for."""

from __future__ import annotations

import pytest

from inbox.lib.broad import Flaw, flaws
from inbox.lib.terms import Terms


@pytest.mark.parametrize(
    ("terms", "flaw"),
    [
        (Terms(), Flaw("nothing")),
        (Terms(beside=("ford",), without=("sale",), language="id"), Flaw("nothing")),
        (Terms(words=("a",)), Flaw("short", "a")),
        (Terms(words=("é",)), Flaw("short", "é")),
        (Terms(words=("田",)), Flaw("short", "田")),
        (Terms(words=("!!",)), Flaw("short", "!!")),
        (Terms(words=("c++",)), Flaw("short", "c++")),
        (Terms(words=("The",)), Flaw("common", "The")),
        (Terms(words=("dan",)), Flaw("common", "dan")),
        (Terms(words=("YANG",)), Flaw("common", "YANG")),
        (Terms(words=("toyota", "nao")), Flaw("common", "nao")),
        (Terms(phrases=("in the",)), Flaw("common", "in the")),
        (Terms(phrases=("a b",)), Flaw("common", "a b")),
        (Terms(hashtags=("",)), Flaw("hashtag", "#")),
        (Terms(hashtags=("123",)), Flaw("hashtag", "#123")),
        (Terms(hashtags=("no spaces",)), Flaw("hashtag", "#no spaces")),
        (Terms(words=("toyota",), beside=("a",)), Flaw("short", "a")),
        (Terms(words=("toyota",), without=("TOYOTA",)), Flaw("contradiction", "toyota")),
    ],
)
def test_what_matches_everything_or_nothing_is_refused(terms: Terms, flaw: Flaw) -> None:
    assert flaws(terms) == [flaw]


@pytest.mark.parametrize(
    "terms",
    [
        Terms(words=("toyota",)),
        Terms(words=("bp", "丰田")),
        Terms(phrases=("on the road", "the band")),
        Terms(hashtags=("recall", "g20", "トヨタ", "50persen")),
        Terms(words=("toyota",), without=("the",)),  # it only leaves out
    ],
)
def test_what_means_something_is_not(terms: Terms) -> None:
    assert flaws(terms) == []
