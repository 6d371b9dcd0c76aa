"""Loopback ports: is one free, and which is the next free one."""

from __future__ import annotations

import errno
import socket

from crisisdesk.runner.refusal import refuse

LOOPBACK = "127.0.0.1"
_REASONS = {
    errno.EADDRINUSE: "is taken by another program",
    errno.EACCES: "may not be opened by this user",
}


def _try(port: int) -> OSError | None:
    with socket.socket() as probe:
        # As the web server does, so that a port that was just given up counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def require_free(port: int) -> None:
    """Refuse to start, naming the reason, if nothing can listen on `port`."""
    if not 1 <= port <= 65535:
        refuse(f"There is no port {port}; --port takes a number from 1 to 65535.")
    if error := _try(port):
        reason = _REASONS.get(error.errno or 0, f"cannot be opened ({error.strerror})")
        refuse(f"Port {port} {reason}. Choose another one with --port.")


def first_free(port: int, tries: int = 50) -> int:
    """Return the first free port from `port` upwards."""
    for candidate in range(port, min(port + tries, 65536)):
        if _try(candidate) is None:
            return candidate
    refuse(f"No port is free from {port} on. Choose another start with --port.")
