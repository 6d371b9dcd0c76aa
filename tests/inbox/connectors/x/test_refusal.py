"""Whom an app may answer on X: https://docs.x.com/changelog, February 2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.http import Http
from inbox.connectors.types import ChannelCredentials, Endpoints, OutboundReply
from inbox.connectors.x.connector import XConnector

HERE = Endpoints(
    "https://api.x.example", "https://x.example/i/oauth2/authorize", "https://x.example/t", "app"
)
REPLY = OutboundReply("k", "Sorry!", "7", "", False, datetime(2026, 3, 1, tzinfo=UTC))


def refuses(post: dict[str, Any], endpoints: Endpoints = HERE, **fields: Any) -> bool:
    with Http(timeout=1) as http:
        x = XConnector(ChannelCredentials("42", "Brand", endpoints), http)
        reply = replace(REPLY, answers=post, **fields)
        problem = x.refusal(reply)
        assert ([problem] == x.check_reply(reply)) is (problem is not None)
        return problem is not None


@pytest.mark.parametrize(
    "post",
    [
        {"id": "7", "text": "the brand is down"},
        {"id": "7", "text": "x", "entities": {"mentions": [{"id": "1", "username": "other"}]}},
        {"id": "7", "text": "x", "entities": None, "in_reply_to_user_id": "1"},
        {"id": "7", "text": "x", "referenced_posts": [{"type": "replied_to", "id": "5"}]},
        {"id": "7", "text": 7, "entities": ["odd"]},
    ],
)
def test_who_did_not_call_us_is_not_answered(post: dict[str, Any]) -> None:
    assert refuses(post)
    assert not refuses(post, replace(HERE, answers_anybody=True))
    assert not refuses(post, is_private=True)


@pytest.mark.parametrize(
    "post",
    [
        {"id": "7", "text": "x", "entities": {"mentions": [{"id": "42"}]}},
        {"id": "7", "text": "x", "entities": {"mentions": [{"username": "BRAND"}]}},
        {"id": "7", "text": "hey @brand"},
        {"id": "7", "text": "x", "in_reply_to_user_id": "42"},
        {"id": "7", "text": "x", "referenced_posts": [{"type": "quoted", "id": "5"}]},
        {},  # a post of which nothing is known
    ],
)
def test_who_called_us_is(post: dict[str, Any]) -> None:
    assert not refuses(post)


def test_by_hand_one_answers_where_people_see_x() -> None:
    with Http(timeout=1) as http:
        x = XConnector(ChannelCredentials("42", "brand", HERE), http)
        assert x.answer_page(REPLY) == "https://x.example/intent/post?in_reply_to=7"
