"""Ports for servers that tests start."""

from __future__ import annotations

import random
import socket

# Below what the system hands out by itself (32768 and up on Linux), so that no client socket
# takes the neighbour; at random, so that workers and checkouts on one machine do not meet.
RANGE = range(12_000, 32_000, 2)


def free_port() -> int:
    """Return a port that is free, with its neighbour."""
    while True:
        port = random.choice(RANGE)
        if _is_free(port) and _is_free(port + 1):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
