"""Running the network on this machine, and stopping it at once."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from inbox.practice.faults import Faults

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class CuttableProtocol(HttpToolsProtocol):
    """HTTP whose requests can be cut off without an answer, as faults need."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["abort"] = self.transport.abort  # type: ignore[typeddict-item]


class PracticeServer(uvicorn.Server):
    """A server that lets go of hanging answers as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, faults: Faults) -> None:
        super().__init__(config)
        self.faults = faults

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.faults.stopping.set()
        await super().shutdown(sockets)


def make_server(
    app: Starlette, *, host: str, port: int, log_level: str = "warning", dates: bool = True
) -> PracticeServer:
    """Return a server for `app` on a loopback address. Raises ValueError for any other.

    dates: whether the answers are dated here; a network with a clock of its own does it itself.
    """
    if host not in LOOPBACK:
        raise ValueError(f"The practice network listens on this machine only, not on {host}.")
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=CuttableProtocol,
        ws="wsproto",
        lifespan="on",
        log_level=log_level,
        access_log=False,
        server_header=False,
        date_header=dates,
        # Longer than clients keep idle connections, so that none is closed under a request.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return PracticeServer(config, app.state.network.faults)


async def cancel(task: asyncio.Task[Any] | None) -> None:
    """Stop a background task and wait until it has stopped."""
    if task is None:
        return
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
