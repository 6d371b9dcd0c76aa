"""imaplib over a line of ours, and waiting for news (IDLE), which it does not know."""

from __future__ import annotations

import imaplib
import time
from typing import Any

from inbox.connectors.mail.line import LONGEST_LINE, Line

LARGEST_LITERAL = 64 * 1024 * 1024
REISSUE = 28 * 60.0  # seconds; a server may end an IDLE after 29 minutes


class Commands(imaplib.IMAP4):
    """The first methods are there in imaplib to be overridden."""

    def __init__(self, line: Line, host: str) -> None:
        self._line = line
        self._idles_until = 0.0
        super().__init__(host)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock = self._line.sock

    def read(self, size: int) -> bytes:
        if size > LARGEST_LITERAL:
            raise self.abort("more was announced than we read")
        return self._line.read(size)

    def readline(self) -> bytes:
        line = self._line.readline()
        if len(line) >= LONGEST_LINE:
            raise self.abort("a line without an end")
        return line

    def send(self, data: Any) -> None:
        self._line.sendall(bytes(data))

    def shutdown(self) -> None:
        self._line.close()

    def listen(self) -> bool:
        """Have the server tell what happens, from now on; say whether it told of mail meanwhile."""
        now = time.monotonic()
        if now < self._idles_until:
            return False
        has_news = self.done()
        self.send(b"DESK IDLE\r\n")
        has_news |= self._hear_until(b"+")
        self._idles_until = now + REISSUE
        return has_news

    def done(self) -> bool:
        """End what `listen` began; say whether the server told of mail meanwhile."""
        if not self._idles_until:
            return False
        self._idles_until = 0.0
        self.send(b"DONE\r\n")
        return self._hear_until(b"DESK OK")

    def hear(self) -> bool:
        """Read one line; say whether it tells of mail. Other news is about mails we know."""
        return b" EXISTS" in self._heard().upper()

    def _hear_until(self, beginning: bytes) -> bool:
        has_news = False
        while not (line := self._heard()).startswith(beginning):
            if line.startswith(b"DESK"):
                raise self.error(line.strip())
            has_news |= b" EXISTS" in line.upper()
        return has_news

    def _heard(self) -> bytes:
        line = self.readline()
        if not line or line.upper().startswith(b"* BYE"):
            raise self.abort(line.strip() or "the connection ended")
        return line
