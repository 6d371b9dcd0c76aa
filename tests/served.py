"""An ASGI application behind a real port, in a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx
from starlette.applications import Starlette

from inbox.practice.server import make_server
from tests.ports import free_port


class Served:
    """`app` on 127.0.0.1 from `start` to `stop`; options: those of make_server."""

    def __init__(self, app: Starlette, *, port: int, **options: Any) -> None:
        self._server = make_server(app, host="127.0.0.1", port=port, **options)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


class PracticeServer:
    """A practice server on a port of its own, and the way to its control API.

    make_app: gets the server's own address.
    """

    def __init__(self, make_app: Callable[[str], Starlette], *, dates: bool = False) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        app = make_app(self.url)
        self.world = app.state.network
        self._served = Served(app, port=self.port, dates=dates)

    def __enter__(self) -> Self:
        self._served.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._served.stop()
        self.http.close()

    def control(self, method: str, path: str, body: dict[str, Any]) -> Any:
        sent: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
        answer = self.http.request(method, path, **sent)
        if answer.is_error:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()
