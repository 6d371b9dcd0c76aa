"""What the children write: everything into a file, and what needs a person onto the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

from crisisdesk.runner.console import say

MAX_BYTES = 10_000_000
WIDTH = 200  # of a line on the terminal; the log has it whole
# The desk's own lines ("12:00:01 ERROR ..." or, with LOG_FORMAT=json, {"at": ..., "level": ...})
# and uvicorn's ("ERROR: ...").
_TIME = re.compile(r'^(?:\d\d:\d\d:\d\d |\{"at": "[^"]*", )')
_LEVEL = re.compile(
    r'(?:\d\d:\d\d:\d\d |\{"at": "[^"]*", "level": ")?(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b'
)
_LOUD = frozenset({"ERROR", "CRITICAL"})


class LogFile:
    """`NAME.log`, with the one before kept as `NAME.log.1`; turned at each start and at 10 MB."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._turn()

    def _turn(self) -> None:
        if self.path.exists():
            self.path.replace(self.path.with_suffix(".log.1"))
        self._file = self.path.open("a", encoding="utf-8", errors="replace")
        self._size = 0

    def write(self, line: str) -> None:
        self._file.write(line)
        self._file.flush()
        self._size += len(line)
        if self._size > MAX_BYTES:
            self._file.close()
            self._turn()

    def tail(self, lines: int) -> list[str]:
        """Return the last lines that are not empty."""
        text = self.path.read_text(encoding="utf-8", errors="replace")
        return [line for line in text.splitlines() if line.strip()][-lines:]


def is_loud(line: str) -> bool:
    """Is this line an error that a person at the terminal should see?"""
    level = _LEVEL.match(line)
    return level is not None and level.group(1) in _LOUD


def pump(name: str, stream: IO[str], log: LogFile, shows: Callable[[str], bool]) -> None:
    """Copy a child's output to its log file, and lines that `shows` picks to the terminal.

    A full disk costs lines of log, never the child: it would stop on a pipe nobody reads.
    """
    shown = ""
    for line in stream:
        text = line.rstrip()[:WIDTH] if shows(line) else ""
        try:
            log.write(line)
        except OSError as error:
            text = text or f"its log cannot be written ({error.strerror})"
        if text and _TIME.sub("", text) != shown:  # the same trouble again says nothing new
            shown = _TIME.sub("", text)
            say(f"{name:8} | {text}")
