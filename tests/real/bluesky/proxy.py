"""A way to the servers that breaks on demand: it hands requests on, and loses answers."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inbox.practice.faults import FaultMiddleware, Faults
from tests.ports import free_port
from tests.served import Served

KEPT = ("authorization", "content-type", "atproto-proxy")
DROPPED = ("content-length", "content-encoding", "transfer-encoding", "connection", "date")


class Proxy:
    """Stands before one server, in a thread of this process."""

    def __init__(self, target: str) -> None:
        self.faults = Faults()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._target = target
        app = Starlette(
            routes=[Route("/xrpc/{name}", self._hand_on, methods=["GET", "POST"])],
            middleware=[
                Middleware(
                    FaultMiddleware,
                    faults=self.faults,
                    prefixes=("/xrpc/",),
                    refusal=lambda rule: JSONResponse({"error": "Practice"}, rule.status),
                )
            ],
        )
        app.state.network = self
        self._served = Served(app, port=port)

    def __enter__(self) -> Proxy:
        self._served.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._served.stop()

    async def _hand_on(self, request: Request) -> Response:
        headers = {name: request.headers[name] for name in KEPT if name in request.headers}
        content = await request.body()

        def ask() -> httpx.Response:
            url = f"{self._target}{request.url.path}"
            return httpx.request(
                request.method,
                url,
                params=request.query_params.multi_items(),
                content=content,
                headers=headers,
                timeout=20,
            )

        answer = await asyncio.to_thread(ask)
        kept: dict[str, Any] = {
            name: value for name, value in answer.headers.items() if name not in DROPPED
        }
        return Response(answer.content, answer.status_code, headers=kept)
