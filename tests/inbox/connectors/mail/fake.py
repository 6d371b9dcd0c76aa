"""A mailbox in memory, behind the commands of imaplib and smtplib that the connector gives.

What the connector makes of their answers and exceptions is its own code, so that is what runs.
"""

from __future__ import annotations

import contextlib
import imaplib
import itertools
import re
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any, cast

import httpx

from inbox.connectors.guard import Reach
from inbox.connectors.mail.account import Account
from inbox.connectors.mail.door import Door
from inbox.connectors.mail.imap import Imap
from inbox.connectors.mail.line import Line
from inbox.connectors.mail.smtp import Smtp
from tests.inbox.connectors.contract import Network

PASSWORD = "correct-horse-battery"
START = datetime(2026, 11, 1, 8, tzinfo=UTC)
FOLDERS = {"INBOX": "inbox", "Sent": "sent"}


@dataclass(frozen=True)
class At:
    """Trouble at a command, such as "imap.uid" or "smtp.rcpt": raised, or answered.

    quotes: the answer holds the password, as if the server quoted what it refuses.
    """

    command: str
    what: Any
    quotes: bool = False

    def __str__(self) -> str:
        return f"{self.command}-{self.what}"


class FakeMail(Network):
    """Two folders and an SMTP server that delivers into the first what is sent to us."""

    def __init__(self, address: str = "help@brand.example") -> None:
        super().__init__()
        self.items = {"inbox": [], "sent": []}
        self.validity = 7
        self.address = address
        self.outgoing: list[tuple[list[str], bytes]] = []
        self._numbers = itertools.count(1001)

    def stock(self, stream: str, count: int) -> None:
        for _turn in range(count):
            number = next(self._numbers)
            people = [f"Rina <rina{number}@far.example>", f"Brand <{self.address}>"]
            sender, receiver = people if stream == "inbox" else people[::-1]
            self.put(
                stream,
                {
                    "From": sender,
                    "To": receiver,
                    "Subject": f"About {number}",
                    "Date": _date(START + timedelta(minutes=number)),
                    "Message-ID": f"<{number}@far.example>",
                    "body": f"Words {number}",
                },
                number=number,
            )

    def put(self, stream: str, item: dict[str, Any], number: int | None = None) -> None:
        self.items[stream].insert(0, {"id": number or next(self._numbers), **item})

    def optional(self, stream: str) -> tuple[str, ...]:
        return ("Subject", "Date", "Message-ID", "body")

    def token(self, _request: httpx.Request) -> httpx.Response:
        """Answer as the place where its owner signs in; trouble may be that of HTTP here."""
        if isinstance(self.trouble, httpx.TransportError):
            raise self.trouble
        if isinstance(self.trouble, httpx.Response):
            return self.trouble
        tokens = {"access_token": PASSWORD, "refresh_token": "next", "expires_in": 3600}
        return httpx.Response(200, json=tokens)

    def meet(self, command: str) -> Any:
        """Return what is answered in place of the truth, or raise; None for the truth."""
        trouble = self.trouble
        if not isinstance(trouble, At) or trouble.command != command:
            return None
        what = trouble.what
        if isinstance(what, Exception):
            raise type(what)(f"{what} {PASSWORD}") if trouble.quotes else what
        return what


class FakeDoor(Door):
    def __init__(self, network: FakeMail) -> None:
        super().__init__(timeout=5, reach=Reach(allow_private=True))
        self._network = network

    @contextlib.contextmanager
    def imap(self, account: Account, *, until: float | None = None) -> Iterator[Imap]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        line = cast(Line, FakeLine())
        yield Imap(line, account, context, commands=lambda *_: cast(Any, FakeImap(self._network)))

    @contextlib.contextmanager
    def smtp(self, account: Account, *, until: float | None = None) -> Iterator[Smtp]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        line = cast(Line, FakeLine())
        yield Smtp(line, account, context, commands=lambda *_: cast(Any, FakeSmtp(self._network)))


class FakeLine:
    until = 0.0

    def close(self) -> None:
        pass


class FakeImap:
    """As imaplib answers: a word and a list of bytes, or of lines with their literals."""

    abort, error = imaplib.IMAP4.abort, imaplib.IMAP4.error

    def __init__(self, network: FakeMail) -> None:
        self._network = network
        self._open = "inbox"
        network.meet("imap.connect")

    def capability(self) -> tuple[str, list[bytes]]:
        return "OK", [b"IMAP4rev1 AUTH=PLAIN IDLE"]

    def authenticate(self, how: str, say: Any) -> tuple[str, list[bytes]]:
        self._network.meet("imap.login")
        if PASSWORD.encode() not in say(b""):
            raise self.error("[AUTHENTICATIONFAILED] wrong")
        return "OK", [b""]

    def list(self) -> tuple[str, list[bytes]]:
        return "OK", [b'(\\HasNoChildren) "/" "INBOX"', b'(\\HasNoChildren \\Sent) "/" "Sent"']

    def select(self, folder: str, readonly: bool) -> tuple[str, list[bytes]]:
        assert readonly, "reading changes nothing"
        if answer := self._network.meet("imap.select"):
            return cast(tuple[str, list[bytes]], answer)
        if folder.strip('"') not in FOLDERS:
            return "NO", [b"no such folder"]
        self._open = FOLDERS[folder.strip('"')]
        return "OK", [str(len(self._network.items[self._open])).encode()]

    def response(self, name: str) -> tuple[str, list[bytes]]:
        assert name == "UIDVALIDITY"
        return name, [str(self._network.validity).encode()]

    def uid(self, command: str, *arguments: str) -> tuple[str, list[Any]]:
        if answer := self._network.meet("imap.uid"):
            return cast(tuple[str, list[Any]], answer)
        items = self._network.items[self._open]
        if command == "SEARCH":
            return "OK", [b" ".join(str(uid).encode() for uid in _search(items, arguments))]
        asked = {int(uid) for uid in arguments[0].split(",")}
        found: list[Any] = []
        for item in items:
            if item["id"] in asked:
                found += _fetched(item)
        return "OK", found

    def append(self, folder: str, flags: str, at: str, content: bytes) -> tuple[str, list[bytes]]:
        if answer := self._network.meet("imap.append"):
            return cast(tuple[str, list[bytes]], answer)
        self._network.put(FOLDERS[folder.strip('"')], _parsed(content))
        return "OK", [b""]


class FakeSmtp:
    """As smtplib answers: a number and words."""

    def __init__(self, network: FakeMail) -> None:
        self._network = network
        self.esmtp_features = {"auth": "PLAIN LOGIN", "size": "10000000"}
        self._to: list[str] = []
        self._content = b""

    def connect(self, _host: str, _port: int) -> tuple[int, bytes]:
        return self._meet("connect") or (220, b"hello")

    def ehlo_or_helo_if_needed(self) -> None:
        pass

    def mail(self, _sender: str) -> tuple[int, bytes]:
        self._network.requests.append("mail")
        return self._meet("mail") or (250, b"ok")

    def rcpt(self, address: str) -> tuple[int, bytes]:
        self._to.append(address)
        return self._meet("rcpt") or (250, b"ok")

    def docmd(self, command: str, words: str = "") -> tuple[int, bytes]:
        if command == "AUTH":
            return self._meet("auth") or (235, b"welcome")
        return self._meet("data") or (354, b"go on")

    def send(self, content: bytes) -> None:
        if content != b".\r\n":
            self._meet("content")
            self._content = content

    def getreply(self) -> tuple[int, bytes]:
        if self._network.trouble is None or self._network.carries_out:
            self._deliver()
        return self._meet("dot") or (250, b"taken")

    def _deliver(self) -> None:
        self._network.outgoing.append((self._to, self._content))
        if self._network.address in self._to:
            self._network.put("inbox", _parsed(self._content))

    def _meet(self, command: str) -> tuple[int, bytes] | None:
        answer = self._network.meet(f"smtp.{command}")
        trouble = self._network.trouble
        if answer and isinstance(trouble, At) and trouble.quotes:
            return answer[0], f"bad: {PASSWORD}".encode()
        return cast("tuple[int, bytes] | None", answer)


def cut(words: str = "cut") -> smtplib.SMTPServerDisconnected:
    return smtplib.SMTPServerDisconnected(words)


def _search(items: list[dict[str, Any]], criteria: tuple[str, ...]) -> list[int]:
    if criteria[0] == "HEADER":
        wanted = criteria[2].strip('"')
        return sorted(item["id"] for item in items if item.get("Message-ID") == wanted)
    first, _colon, last = criteria[1].partition(":")
    newest = max((item["id"] for item in items), default=0)
    ends = newest if last == "*" else int(last)
    # As servers do: the star is the last mail, and a range has no direction.
    low, high = sorted((int(first), ends)) if last == "*" else (int(first), ends)
    return sorted(item["id"] for item in items if low <= item["id"] <= high)


def _fetched(item: dict[str, Any]) -> list[Any]:
    headers = [f"{name}: {value}" for name, value in item.items() if name not in ("id", "body")]
    content = "\r\n".join([*headers, "", str(item.get("body", ""))]).encode()
    at = (START + timedelta(minutes=item["id"])).strftime("%d-%b-%Y %H:%M:%S +0000")
    facts = f'1 (UID {item["id"]} RFC822.SIZE {len(content)} INTERNALDATE "{at}"'
    structure = '("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 9 1 NIL NIL NIL NIL)'
    line = f"{facts} BODYSTRUCTURE {structure} BODY[]<0> {{{len(content)}}}"
    return [(line.encode(), content), b")"]


def _parsed(content: bytes) -> dict[str, Any]:
    mail = message_from_bytes(content)
    whole = {name: re.sub(r"\s+", " ", str(value)) for name, value in mail.items()}
    return {**whole, "body": content.partition(b"\r\n\r\n")[2].decode()}


def _date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
