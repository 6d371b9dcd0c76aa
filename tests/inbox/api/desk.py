"""Asking the API as a program does."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from inbox.models import User
from inbox.operations import tokens


class Program:
    """A program with a token of `user`; all scopes of the role unless it names some."""

    def __init__(self, user: User, *scopes: str) -> None:
        wanted = scopes or tuple(scope.value for scope in tokens.scopes_open_to(user))
        self.token, self.secret = tokens.create_token(name="test", scopes=wanted, days=1, by=user)
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self._headers())

    def post(self, path: str, body: Any = None, key: str = "", method: str = "POST") -> Any:
        text = body if isinstance(body, str) else json.dumps(body or {})
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        path = f"/api/v1{path}"
        return self.client.generic(method, path, text, "application/json", headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}
