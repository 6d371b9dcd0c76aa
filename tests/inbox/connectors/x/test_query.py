"""Terms in X's query language: https://docs.x.com/x-api/posts/search/integrate/operators"""

from __future__ import annotations

import pytest

from inbox.connectors.http import Http
from inbox.connectors.types import ChannelCredentials, Endpoints
from inbox.connectors.x.connector import XConnector
from inbox.connectors.x.query import compile_query
from inbox.lib.terms import Terms
from inbox.practice.x.search import compile_query as read_back


@pytest.mark.parametrize(
    ("terms", "query"),
    [
        (Terms(words=("toyota",)), "toyota"),
        (Terms(words=("toyota", "lexus")), "(toyota OR lexus)"),
        (
            Terms(words=("toyota",), phrases=("rem blong",), hashtags=("recall",)),
            '(toyota OR "rem blong" OR #recall)',
        ),
        (Terms(words=("toyota",), beside=("ford",)), "toyota ford"),
        (Terms(words=("toyota",), beside=("ford", "#gm")), "toyota (ford OR #gm)"),
        (Terms(words=("toyota",), without=("sale", "for free")), 'toyota -sale -"for free"'),
        (Terms(words=("toyota",), language="id"), "toyota lang:in"),
        (Terms(words=("toyota",), language="en"), "toyota lang:en"),
        (Terms(words=("toyota",), language="jv"), "toyota"),  # X does not tell Javanese apart
        (
            Terms(words=("OR", "from:x", "e-toll", "at&t")),
            '("OR" OR "from:x" OR "e-toll" OR "at&t")',
        ),
        (Terms(words=('a"b',)), '"a b"'),
    ],
)
def test_terms_become_a_query(terms: Terms, query: str) -> None:
    assert compile_query(terms) == f"{query} -is:retweet"
    read_back(compile_query(terms))  # which the practice network understands


def test_a_search_that_is_too_long_for_x_says_by_how_much() -> None:
    nowhere = Endpoints("https://x.example", "https://x.example", "https://x.example", "id")
    with Http(timeout=1) as http:
        x = XConnector(ChannelCredentials("1", "brand", nowhere), http)
    long = Terms(words=tuple(f"word{number:04}" for number in range(60)))
    (problem,) = x.check_search(long)
    assert problem.code == "search_too_long"
    assert problem.params == {"over": len(compile_query(long)) - 512, "limit": 512}
    assert x.check_search(Terms(words=("toyota",))) == []
