"""A real practice network for tests: `with start_practice(tmp_path) as network: ...`.

Or import the fixture: `from tests.inbox.practice.server import practice`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import pytest

from inbox.practice.x.app import make_app
from tests.ports import free_port
from tests.served import Served

CLIENT_ID = "practice-client"
CLIENT_SECRET = "practice-secret"
ROOT = Path(__file__).parents[3]


class Practice:
    """A running practice network, and shorthands for its control API.

    `options`: port (default: a free one), limits (default "off"), process=True for a process of
    its own that can be killed (otherwise a thread of this one).
    """

    def __init__(
        self, data: Path, *, port: int = 0, limits: str = "off", process: bool = False
    ) -> None:
        self.data = data
        self.limits = limits
        self.is_process = process
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self.process: subprocess.Popen[bytes] | None = None
        self._served: Served | None = None

    # -- running -------------------------------------------------------------------------------
    def start(self) -> Practice:
        if self.is_process:
            self._start_process()
        else:
            self._start_thread()
        return self

    def stop(self) -> None:
        """End the network; what it stored stays. `start` begins again on the same port."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
        if self._served is not None:
            self._served.stop()
            self._served = None

    def __enter__(self) -> Practice:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.http.close()

    def _start_process(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "inbox.practice.x", "--port", str(self.port)),
                *("--data", str(self.data), "--limits", self.limits),
            ],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        deadline = time.monotonic() + 20
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the practice network did not start")
            time.sleep(0.02)

    def _start_thread(self) -> None:
        factor = {"off": None, "x": 1.0}.get(self.limits, self.limits)
        app = make_app(
            self.data,
            clients={CLIENT_ID: CLIENT_SECRET},
            limits=None if factor is None else float(factor),
        )
        self._served = Served(app, port=self.port)
        self._served.start()

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.http.get("/practice/faults").status_code == 200
        return False

    # -- acting as somebody --------------------------------------------------------------------
    def user(self, handle: str, **facts: Any) -> dict[str, Any]:
        """Make an account one can sign in as; facts: name, followers, verified, bio, ..."""
        return self.control("POST", "/practice/users", {"handle": handle, **facts})

    def token_for(self, handle: str, scope: str = "") -> dict[str, Any]:
        """Return access_token, refresh_token, expires_in, scope, user_id of an account."""
        return self.control("POST", "/practice/tokens", {"handle": handle, "scope": scope})

    def post(self, author: str, text: str, **more: Any) -> dict[str, Any]:
        """Post as anybody; more: in_reply_to (id), created_at, followers, name, verified, lang."""
        return self.control("POST", "/practice/post", {"author": author, "text": text, **more})

    def import_posts(self, posts: list[dict[str, Any]]) -> dict[str, int]:
        """Import many: each has key, author, text, created_at, and may have in_reply_to (a key)."""
        return self.control("POST", "/practice/posts", {"posts": posts})

    def edit(self, post_id: str, text: str) -> dict[str, Any]:
        return self.control("POST", "/practice/edit", {"id": post_id, "text": text})

    def delete(self, post_id: str) -> dict[str, Any]:
        return self.control("POST", "/practice/delete", {"id": post_id})

    def message(self, sender: str, recipient: str, text: str, **more: Any) -> dict[str, Any]:
        """Write a private message as anybody."""
        body = {"sender": sender, "recipient": recipient, "text": text, **more}
        return self.control("POST", "/practice/message", body)

    # -- looking -------------------------------------------------------------------------------
    def posts(self, **filters: str) -> list[dict[str, Any]]:
        """Return public posts, oldest first; filters: author, in_reply_to, text, key, deleted."""
        found: list[dict[str, Any]] = self.control("GET", "/practice/posts", filters)["posts"]
        return found

    def messages(self, **filters: str) -> list[dict[str, Any]]:
        """Return private messages, oldest first; filters: sender, recipient."""
        found: list[dict[str, Any]] = self.control("GET", "/practice/messages", filters)["messages"]
        return found

    def page(self, path: str = "/") -> str:
        """Return the HTML of a page of the public site."""
        answer = self.http.get(path, follow_redirects=True)
        answer.raise_for_status()
        return answer.text

    # -- trouble -------------------------------------------------------------------------------
    def faults(self, *rules: dict[str, Any], **switches: Any) -> dict[str, Any]:
        """Set the faults; without any, the network is well again.

        A rule: kind (delay, timeout_after_accept, refuse, status, duplicates), and optionally
        method, path (a prefix), every, times, seconds, status, after_accept. Switches:
        self_serve; expire_tokens, revoke_tokens and reset_limits happen once.
        """
        return self.control("PUT", "/practice/faults", {"rules": list(rules), **switches})

    def control(self, method: str, path: str, body: dict[str, Any]) -> Any:
        sent = {"params": body} if method == "GET" else {"json": body}
        answer = self.http.request(method, path, **sent)  # type: ignore[arg-type]
        if answer.is_error:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()


def start_practice(tmp_path: Path, **options: Any) -> Practice:
    """Start a practice network that keeps its data in `tmp_path`; options as for Practice.

    Use it in a `with` statement, or call `stop` yourself.
    """
    return Practice(tmp_path / "practice", **options).start()


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    """A practice network of the test's own, in a thread, without rate limits."""
    with start_practice(tmp_path) as network:
        yield network
