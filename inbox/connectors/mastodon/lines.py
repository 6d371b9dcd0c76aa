"""News as they come over one line: server-sent events, or a WebSocket.

https://docs.joinmastodon.org/methods/streaming/: the first is tried first, some servers have
the second only.
"""

from __future__ import annotations

import abc
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import h11
import wsproto
from wsproto import events as ws
from wsproto.utilities import RemoteProtocolError

from inbox.connectors.answers import retry_after
from inbox.connectors.errors import ConnectorError, TransientError, Unsupported
from inbox.connectors.wire import LineLost, Wire, wait

MOST_PENDING = 1024 * 1024  # bytes of one piece of news
# Seconds of silence after which we ask, and then give up; servers send something more often.
ASK_AFTER, QUIET = 45.0, 90.0
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # what may be the name of a protocol
NOT_HERE = (200, 400, 404, 405, 406, 410, 426, 501)


class NotHere(Unsupported):
    """The server has no line of this kind at this address; it may have another."""


@dataclass(frozen=True, slots=True)
class News:
    """One event. source: the stream that tells it, () where that is not said."""

    event: str
    payload: str
    source: tuple[str, ...] = ()


class Line(abc.ABC):
    """One line, opened when it is made."""

    def __init__(self, wire: Wire, *, timeout: float) -> None:
        self.wire = wire
        self.is_open = False
        self._heard_at = time.monotonic()
        until = self._heard_at + timeout
        self._greet()
        self._early: list[News] = self._read()
        while not self.is_open:
            if (left := until - time.monotonic()) <= 0:
                raise LineLost("The server did not open the line in time.", code="timeout")
            wait([wire], left)
            self._early += self._read()

    def heard(self) -> list[News]:
        """Return what was told since the last call. Raises LineLost."""
        found, self._early = [*self._early, *self._read()], []
        silent = time.monotonic() - self._heard_at
        if silent > QUIET:
            raise LineLost("The line was quiet for too long.", code="quiet")
        if silent > ASK_AFTER:
            self._ask()
        return found

    def _read(self) -> list[News]:
        data = self.wire.receive()
        if not data:
            return []
        self._heard_at = time.monotonic()
        try:
            return self._take(data)
        except (h11.RemoteProtocolError, RemoteProtocolError) as exc:
            raise LineLost(f"The server does not speak as it should: {exc}") from exc

    @abc.abstractmethod
    def _greet(self) -> None:
        """Ask for the line."""

    @abc.abstractmethod
    def _take(self, data: bytes) -> list[News]:
        """Take in bytes, and note when the line is open."""

    @abc.abstractmethod
    def _ask(self) -> None:
        """Ask whether the other end is still there, where one can."""


class EventStream(Line):
    """Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

    def __init__(self, wire: Wire, url: str, *, token: str, timeout: float) -> None:
        self._http = h11.Connection(h11.CLIENT)
        self._url = url
        self._token = token
        self._text = b""
        self._fields: dict[str, str] = {}
        super().__init__(wire, timeout=timeout)

    def _greet(self) -> None:
        host, target = _place(self._url)
        headers = {
            "Host": host,
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",
            **_own(self._token),
        }
        asked = h11.Request(method="GET", target=target, headers=list(headers.items()))
        for part in (asked, h11.EndOfMessage()):
            self.wire.send(self._http.send(part) or b"")

    def _take(self, data: bytes) -> list[News]:
        self._http.receive_data(data)
        found: list[News] = []
        while (event := self._http.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Response):
                self._answered(event)
            elif isinstance(event, h11.Data):
                found += self._parse(bytes(event.data))
            elif not isinstance(event, h11.InformationalResponse):
                raise LineLost("The server ended the line.")
        return found

    def _answered(self, response: h11.Response) -> None:
        headers = _readable(response.headers)
        kind = headers.get("content-type", "")
        is_plain = headers.get("content-encoding", "identity") == "identity"
        if response.status_code != 200 or not kind.startswith("text/event-stream") or not is_plain:
            raise refusal(response.status_code, headers)
        self.is_open = True

    def _parse(self, data: bytes) -> list[News]:
        *lines, self._text = (self._text + data).split(b"\n")
        if len(self._text) > MOST_PENDING:
            raise LineLost("The server sends a line without an end.")
        texts = (line.rstrip(b"\r").decode(errors="replace") for line in lines)
        return [news for text in texts for news in self._line(text)]

    def _line(self, line: str) -> list[News]:
        """Take in one line; an empty one completes an event, and a colon begins a heartbeat."""
        if line:
            name, _colon, value = line.partition(":")
            known = self._fields.get(name)
            value = value.removeprefix(" ")
            self._fields[name] = f"{known}\n{value}" if known and name == "data" else value
            return []
        fields, self._fields = self._fields, {}
        return [News(fields["event"], fields.get("data", ""))] if "event" in fields else []

    def _ask(self) -> None:
        pass  # nothing can be said on this line


class Socket(Line):
    """A WebSocket (RFC 6455), which carries any number of streams."""

    def __init__(self, wire: Wire, url: str, *, token: str, timeout: float) -> None:
        self._socket = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self._url = url
        self._token = token
        self._text = ""
        super().__init__(wire, timeout=timeout)

    def subscribe(self, stream: Mapping[str, str]) -> None:
        """Have another stream told on this line; a server that knows no such wish ignores it."""
        self._say(ws.TextMessage(json.dumps({"type": "subscribe", **stream})))

    def _greet(self) -> None:
        host, target = _place(self._url)
        headers = [(name.encode(), value.encode()) for name, value in _own(self._token).items()]
        # https://docs.joinmastodon.org/methods/streaming/#authorization: either place will do,
        # but some servers look into one of them only.
        protocols = [self._token] if _TOKEN.fullmatch(self._token) else []
        self._say(ws.Request(host, target, extra_headers=headers, subprotocols=protocols))

    def _take(self, data: bytes) -> list[News]:
        self._socket.receive_data(data)
        found: list[News] = []
        for event in self._socket.events():
            if isinstance(event, ws.AcceptConnection):
                self.is_open = True
            elif isinstance(event, ws.RejectConnection):
                raise refusal(event.status_code, _readable(event.headers))
            elif isinstance(event, ws.TextMessage):
                found += self._told(event)
            elif isinstance(event, ws.Ping):
                self._say(event.response())
            elif isinstance(event, ws.CloseConnection):
                raise LineLost(f"The server closed the line: {event.reason or event.code}")
        return found

    def _told(self, message: ws.TextMessage) -> list[News]:
        self._text += message.data
        if len(self._text) > MOST_PENDING:
            raise LineLost("The server sends a message without an end.")
        if not message.message_finished:
            return []
        text, self._text = self._text, ""
        told = readable(text)
        if not isinstance(told.get("event"), str):
            return []  # an error about one of the streams, or a word of the server's own
        source = told.get("stream")
        names = source if isinstance(source, list) else [source] if source else []
        return [News(told["event"], str(told.get("payload") or ""), tuple(map(str, names)))]

    def _ask(self) -> None:
        self._say(ws.Ping())

    def _say(self, event: ws.Event) -> None:
        self.wire.send(self._socket.send(event))


def refusal(status: int, headers: Mapping[str, str]) -> ConnectorError:
    """Return what it means that no line was opened. Polling tells an admin of a lost sign-in."""
    words = f"The server tells nothing over a line ({status})."
    if status in NOT_HERE or 300 <= status < 400:
        return NotHere(words)
    if status >= 500 or status in (408, 429):
        return TransientError(words, retry_after=retry_after(headers))
    return Unsupported(words)


def readable(text: str) -> dict[str, Any]:
    """Return the object that `text` is in JSON, {} for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc, f"{parts.path}?{parts.query}" if parts.query else parts.path


def _own(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "User-Agent": "CrisisDesk"}


def _readable(headers: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
