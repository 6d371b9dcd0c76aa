"""Handing one mail to an SMTP server, so that it is always clear what it has promised."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence

from inbox.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    Rejected,
    TransientError,
)
from inbox.connectors.mail import sasl
from inbox.connectors.mail.account import Account
from inbox.connectors.mail.line import Line, untrusted
from inbox.connectors.mail.sasl import in_base64

WHAT = "The SMTP server"
LONGEST_COMMAND = 512  # octets: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.4
BROKEN = (smtplib.SMTPException, OSError)


class Smtp:
    """A signed-in connection."""

    def __init__(
        self,
        line: Line,
        account: Account,
        context: ssl.SSLContext,
        *,
        commands: Callable[[Line, str], Commands] | None = None,
    ) -> None:
        self._account = account
        self._where = f"{WHAT} {account.smtp.host}:{account.smtp.port}"
        self._line = line
        with self._speaking():
            # Named after our own domain: asking for the machine's name may take minutes.
            self._smtp = (commands or Commands)(line, account.domain)
            self._expect(self._smtp.connect(account.smtp.host, account.smtp.port))
            self._smtp.ehlo_or_helo_if_needed()
        if account.smtp.tls == "starttls":
            self._start_tls(context)
        self._sign_in()

    def send(self, content: bytes, *, sender: str, recipients: Sequence[str]) -> None:
        """Hand over a mail. The first recipient must be taken, the others may be refused.

        Until the dot after the last line the server has promised nothing, so everything before
        it may be tried again; what happens between the dot and its answer is OutcomeUnknown.
        https://www.rfc-editor.org/rfc/rfc5321#section-4.2.5
        """
        largest = self._smtp.esmtp_features.get("size", "")
        if largest.isdigit() and 0 < int(largest) < len(content):
            raise Rejected(
                f"The mail is too large: {_megabytes(len(content))} MB, and"
                f" {self._where} takes {_megabytes(int(largest))} MB."
            )
        with self._speaking():
            self._expect(self._smtp.mail(sender))
            self._expect(self._smtp.rcpt(recipients[0]))
            for other in recipients[1:]:
                self._smtp.rcpt(other)
            self._expect(self._smtp.docmd("DATA"), wanted=354)
            self._smtp.send(_dotted(content))
        try:
            self._smtp.send(b".\r\n")
            answer = self._smtp.getreply()
        except BROKEN as exc:
            words = f"{self._where} was cut off before it said whether it took the mail"
            raise OutcomeUnknown(f"{words}: {self._said(exc)}") from None
        self._expect(answer)

    def close(self) -> None:
        """Leave. What was accepted is accepted, whatever becomes of the good-bye."""
        with contextlib.suppress(*BROKEN):
            self._smtp.docmd("QUIT")
        self._line.close()

    def _start_tls(self, context: ssl.SSLContext) -> None:
        with self._speaking():
            code, _words = self._smtp.docmd("STARTTLS")
        if code != 220:
            raise Rejected(f"{self._where} offers no encryption (STARTTLS) on this port.")
        try:
            self._line.encrypt(context, self._account.smtp.host)
        except (OSError, ValueError) as exc:
            raise untrusted(exc, self._account.smtp, WHAT) from None
        with self._speaking():
            self._expect(self._smtp.ehlo())

    def _sign_in(self) -> None:
        account = self._account
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        with self._speaking():
            if account.token:
                answer = self._show_token()
            elif "PLAIN" in offered:
                answer = self._smtp.docmd("AUTH", "PLAIN " + in_base64(sasl.plain(account)))
            elif "LOGIN" in offered:
                self._expect(self._smtp.docmd("AUTH", "LOGIN"), wanted=334)
                self._expect(self._smtp.docmd(in_base64(account.user.encode())), wanted=334)
                answer = self._smtp.docmd(in_base64(account.password.encode()))
            else:
                raise Rejected(f"{self._where} offers no sign-in with a password on this port.")
        self._expect(answer)

    def _show_token(self) -> tuple[int, bytes]:
        """Return the server's answer to our token.

        A long one is sent after its command. https://www.rfc-editor.org/rfc/rfc4954#section-4
        """
        token = in_base64(sasl.xoauth2(self._account))
        if len(token) < LONGEST_COMMAND - len("AUTH XOAUTH2 \r\n"):
            answer = self._smtp.docmd("AUTH", f"XOAUTH2 {token}")
        else:
            self._expect(self._smtp.docmd("AUTH", "XOAUTH2"), wanted=334)
            answer = self._smtp.docmd(token)
        # The reason of a refusal comes before the refusal, which an empty line asks for.
        return self._smtp.docmd("") if answer[0] == 334 else answer

    def _expect(self, answer: tuple[int, bytes], *, wanted: int = 0) -> None:
        """Raise what a refusal means. https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1"""
        code, text = answer
        if code == wanted or (not wanted and 200 <= code < 300):
            return
        words = f"{code} {self._hidden(text.decode('utf-8', 'replace'))[:200]}"
        if code in (530, 534, 535, 538):
            raise AuthExpired(f"{self._where} refused the sign-in: {words}", code=str(code))
        kind: type[ConnectorError] = Rejected if 500 <= code < 600 else TransientError
        raise kind(f"{self._where} refused: {words}", code=str(code))

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn a broken connection into an error that says that nothing was accepted."""
        try:
            yield
        except TimeoutError:
            raise TransientError(f"{self._where} took too long.", code="timeout") from None
        except BROKEN as exc:
            words = f"{self._where} was cut off: {self._said(exc)}"
            raise TransientError(words, code="cut") from None

    def _said(self, exc: Exception) -> str:
        return self._hidden(str(exc) or type(exc).__name__)[:200]

    def _hidden(self, text: str) -> str:
        return sasl.hidden(text, self._account)


class Commands(smtplib.SMTP):
    """smtplib over a `Line`."""

    def __init__(self, line: Line, own_name: str) -> None:
        self._line = line
        super().__init__(local_hostname=own_name)

    def _get_socket(self, host: str, port: int, timeout: float | None) -> Line:
        return self._line

    def ehlo(self, name: str = "") -> tuple[int, bytes]:
        self.esmtp_features = {}
        return super().ehlo(name)


def _dotted(content: bytes) -> bytes:
    """Return a mail as it goes over the line. https://www.rfc-editor.org/rfc/rfc5321#section-4.5.2"""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}"
