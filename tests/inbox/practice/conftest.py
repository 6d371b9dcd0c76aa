"""A practice network per test, and somebody who is signed in to it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.inbox.practice.server import Practice, practice

__all__ = ["practice"]


class Api:
    """X API calls as one account."""

    def __init__(self, network: Practice, handle: str, scope: str = "") -> None:
        self.token = network.token_for(handle, scope)
        self.id: str = self.token["user_id"]
        self.http = network.http
        self.headers = {"authorization": f"Bearer {self.token['access_token']}"}

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query, headers=self.headers)

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.http.post(path, json=body, headers=self.headers)

    def put(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.http.put(path, json=body, headers=self.headers)

    def delete(self, path: str) -> httpx.Response:
        return self.http.delete(path, headers=self.headers)

    def reply(self, post_id: str, text: str) -> httpx.Response:
        body = {"text": text, "reply": {"in_reply_to_tweet_id": post_id}}
        return self.post("/2/tweets", body)

    def mentions(self, **query: Any) -> dict[str, Any]:
        answer = self.get(f"/2/users/{self.id}/mentions", **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def brand(practice: Practice) -> Api:
    """The brand, signed in with all scopes."""
    practice.user("brand", name="The Brand", followers=1200)
    return Api(practice, "brand")
