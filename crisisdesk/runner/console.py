"""The runner's own lines on the terminal."""

from __future__ import annotations

import sys
import threading

_lock = threading.Lock()  # the log threads of all children print too


def say(line: str) -> None:
    """Print one line; a terminal that was closed must not keep the desk from stopping."""
    with _lock:
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except OSError:
            return
