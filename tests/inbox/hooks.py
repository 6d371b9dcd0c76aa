"""Webhooks for tests: rows, and a receiver on this machine that behaves as it is told."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from inbox.models import User, WebhookDelivery, WebhookEndpoint
from inbox.operations import outbox, webhooks
from tests.factories import make_user

_numbers = itertools.count(1)


def make_webhook(by: User | None = None, **fields: Any) -> tuple[WebhookEndpoint, str]:
    values: dict[str, Any] = {
        "name": f"Hook {next(_numbers)}",
        "url": "https://hooks.example.org/desk",
        "events": list(outbox.EVENTS),
    } | fields
    return webhooks.add_endpoint(by=by or make_user(role="admin"), **values)


def make_delivery(endpoint: WebhookEndpoint, **fields: Any) -> WebhookDelivery:
    (row,) = outbox.write(
        endpoints=[endpoint],
        news=[outbox.News(outbox.PING, 0, {"number": next(_numbers)})],
    )
    WebhookDelivery.objects.filter(pk=row.pk).update(**({"event": "message.received"} | fields))
    row.refresh_from_db()
    return row


class Receiver:
    """A real HTTP server; `answer` decides on each request, `seen` holds them all."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[Any], None] = status(204)
        self.released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append(({k.lower(): v for k, v in self.headers.items()}, body))
                receiver.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/desk"

    def hang(self, handler: Any) -> None:
        """Say nothing until the test is over."""
        self.released.wait(30)


def status(code: int, body: bytes = b"", **headers: str) -> Callable[[Any], None]:
    def answer(handler: Any) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    threading.Thread(target=receiver.server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        receiver.server.shutdown()
        receiver.server.server_close()
