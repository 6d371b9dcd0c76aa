"""What we say to an IMAP server: one method per command, and errors in plain words."""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.errors import AuthExpired, ConnectorError, Rejected, TransientError
from inbox.connectors.mail import lists, names, sasl
from inbox.connectors.mail.account import Account
from inbox.connectors.mail.commands import Commands
from inbox.connectors.mail.line import Line, untrusted

WHAT = "The IMAP server"
BEGINNING = 256 * 1024  # bytes of a mail that are read: its headers and its text
# Refusals that say that it is not the password: https://www.rfc-editor.org/rfc/rfc5530
NOT_THE_PASSWORD = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN")
SPARE = 20.0  # seconds beyond a wait that the server has for an answer
WHAT_IS_NEW = "(UID RFC822.SIZE INTERNALDATE BODYSTRUCTURE BODY.PEEK[]<0.{size}>)"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Folder:
    """An opened folder: the numbers in it mean something only under this `validity`."""

    validity: int
    count: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as the server has it: number, size, when it came, its parts, its first bytes."""

    uid: int
    size: int
    at: datetime | None
    structure: list[Any] | None
    content: bytes = field(repr=False)


class Imap:
    """A signed-in connection."""

    def __init__(
        self,
        line: Line,
        account: Account,
        context: ssl.SSLContext,
        *,
        commands: Callable[[Line, str], Commands] | None = None,
    ) -> None:
        self._line = line
        self._where = f"{WHAT} {account.imap.host}:{account.imap.port}"
        self._account = account
        with self._speaking(refused=TransientError):
            self._imap = (commands or Commands)(line, account.imap.host)
        if account.imap.tls == "starttls":
            self._start_tls(context)
        self._sign_in()

    def folders(self) -> list[tuple[str, str]]:
        """Return the flags and the name of every folder."""
        with self._speaking():
            data = self._done(self._imap.list())
        found = []
        for piece in data:
            parts = lists.parsed([piece])
            if len(parts) >= 3 and isinstance(parts[0], list) and isinstance(parts[-1], bytes):
                flags = b" ".join(part for part in parts[0] if isinstance(part, bytes))
                found.append((flags.decode("ascii", "replace").lower(), names.read(parts[-1])))
        return found

    def open(self, folder: str) -> Folder:
        """Look into `folder`, without the right to change anything in it."""
        with self._speaking():
            answer, data = self._imap.select(names.quoted(folder), readonly=True)
            if answer != "OK":
                raise Rejected(f"{self._where} has no folder “{folder}”.")
            validity = self._imap.response("UIDVALIDITY")[1][0]
        return Folder(int(validity or 0), int(data[0] or 0))

    def search(self, *criteria: str) -> list[int]:
        """Return the numbers of the mails that fit, in rising order."""
        with self._speaking():
            data = self._done(self._imap.uid("SEARCH", *criteria))
            return sorted({int(number) for line in data if line for number in line.split()})

    def fetch(self, uids: Sequence[int]) -> list[Fetched]:
        """Return mails by their numbers, none of them marked as read. Those gone are left out."""
        asked = ",".join(map(str, uids))
        with self._speaking():
            data = self._done(self._imap.uid("FETCH", asked, WHAT_IS_NEW.format(size=BEGINNING)))
            return [_mail(found) for found in lists.fetched(data) if "UID" in found]

    def part(self, uid: int, number: str, *, max_bytes: int) -> bytes | None:
        """Return one part of a mail, still as it was encoded; None if the mail is gone."""
        with self._speaking():
            wanted = f"(UID BODY.PEEK[{number}]<0.{max_bytes}>)"
            data = self._done(self._imap.uid("FETCH", str(uid), wanted))
            for found in lists.fetched(data):
                for name, value in found.items():
                    if name.startswith("BODY["):
                        return value if isinstance(value, bytes) else b""
        return None

    def append(self, folder: str, content: bytes) -> None:
        """Put a mail into `folder`, as read."""
        with self._speaking():
            self._done(self._imap.append(names.quoted(folder), "(\\Seen)", "", content))

    def wait(self, seconds: float) -> bool:
        """Say whether mail comes to the open folder within `seconds`, as soon as it does (IDLE).

        The server is kept waiting between two calls, and asked anew before it grows tired of it.
        https://www.rfc-editor.org/rfc/rfc2177
        """
        ends = time.monotonic() + seconds
        self.extend(seconds + SPARE)
        with self._speaking():
            has_news = self._imap.listen()
            while not has_news and (left := ends - time.monotonic()) > 0:
                if self._line.wait(left):
                    has_news = self._imap.hear()
        return has_news

    def can_wait(self) -> bool:
        with self._speaking():
            _ok, data = self._imap.capability()
        return b"IDLE" in b" ".join(data).upper().split()

    def extend(self, seconds: float) -> None:
        """Give what follows this much time."""
        self._line.until = time.monotonic() + seconds

    def close(self) -> None:
        """Say good-bye if that is quick; what was read is read."""
        self.extend(2)
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self._imap.done()
            self._imap.logout()
        self._line.close()

    def _done(self, answer: tuple[str, Any]) -> list[Any]:
        if answer[0] != "OK":
            raise self._imap.error(_words(answer[1]))
        found: list[Any] = answer[1]
        return found

    def _start_tls(self, context: ssl.SSLContext) -> None:
        with self._speaking():
            answer, _data = self._imap.xatom("STARTTLS")
            if answer != "OK":
                raise Rejected(f"{self._where} offers no encryption (STARTTLS) on this port.")
        try:
            self._line.encrypt(context, self._account.imap.host)
        except (OSError, ValueError) as exc:
            raise untrusted(exc, self._account.imap, WHAT) from None

    def _sign_in(self) -> None:
        """By a token, by AUTHENTICATE PLAIN, which takes every password, or by LOGIN of ASCII."""
        account = self._account
        try:
            with self._speaking(refused=AuthExpired):
                _ok, data = self._imap.capability()
                if account.token:
                    # Whoever is refused is told why, and has to say nothing to that.
                    answer = sasl.xoauth2(account)
                    self._imap.authenticate("XOAUTH2", lambda why: b"" if why else answer)
                elif b"AUTH=PLAIN" in b" ".join(data).upper().split():
                    self._imap.authenticate("PLAIN", lambda _: sasl.plain(account))
                else:
                    self._imap.login(account.user, account.password)
        except UnicodeEncodeError:
            words = f"{self._where} takes no letters beyond ASCII in a name or a password."
            raise AuthExpired(words) from None

    @contextlib.contextmanager
    def _speaking(self, *, refused: type[ConnectorError] = Rejected) -> Iterator[None]:
        """Turn what may go wrong while we speak into our errors; a plain no into `refused`."""
        try:
            yield
        except imaplib.IMAP4.abort as exc:
            raise TransientError(f"{self._where} broke off: {self._said(exc)}") from None
        except imaplib.IMAP4.error as exc:
            words = self._said(exc)
            if any(f"[{code}]" in words.upper() for code in NOT_THE_PASSWORD):
                raise TransientError(f"{self._where} is busy: {words}") from None
            what = " the sign-in" if refused is AuthExpired else ""
            raise refused(f"{self._where} refused{what}: {words}") from None
        except TimeoutError:
            raise TransientError(f"{self._where} took too long.", code="timeout") from None
        except OSError as exc:
            words = f"{self._where} was cut off: {self._said(exc)}"
            raise TransientError(words, code="cut") from None

    def _said(self, exc: Exception) -> str:
        text = exc.args[0] if exc.args else type(exc).__name__
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return sasl.hidden(words, self._account)[:200]


def since(moment: datetime) -> tuple[str, str]:
    """Return the criterion for mails that came on this day or later."""
    return "SINCE", f"{moment.day:02}-{MONTHS[moment.month - 1]}-{moment.year}"


def _mail(found: dict[str, Any]) -> Fetched:
    content = next((value for name, value in found.items() if name.startswith("BODY[")), None)
    structure = found.get("BODYSTRUCTURE")
    return Fetched(
        uid=int(found["UID"]),
        size=int(found.get("RFC822.SIZE") or 0),
        at=_moment(found.get("INTERNALDATE")),
        structure=structure if isinstance(structure, list) else None,
        content=content if isinstance(content, bytes) else b"",
    )


def _moment(text: bytes | None) -> datetime | None:
    """Read "17-Jul-1996 02:44:25 -0700"; months are English there, whatever the locale."""
    found = re.match(rb" ?(\d+)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d\d)(\d\d)", text or b"")
    if not found:
        return None
    day, month, *rest = (part.decode() for part in found.groups())
    if month.title() not in MONTHS:
        return None
    year, hour, minute, second, zone, zone_minutes = rest
    number = MONTHS.index(month.title()) + 1
    stamp = f"{year}-{number:02}-{int(day):02}T{hour}:{minute}:{second}{zone}:{zone_minutes}"
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _words(data: Sequence[Any]) -> str:
    return b" ".join(part for part in data if isinstance(part, bytes)).decode("utf-8", "replace")
