"""People with mail programs of their own: what they write, and what they get."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.utils import format_datetime, make_msgid

from tests.mail_servers import HOST, Sending

ADDRESS = "help@brand.example"
ODD = [
    ("iso-8859-1", "Es ist kaputt, können Sie helfen?"),
    ("windows-1252", "Costs 5 € too much"),
    ("koi8-r", "Не работает"),
    ("gb18030", "坏了"),
    ("iso-2022-jp", "壊れました"),
    ("big5", "壞了"),
]
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@dataclass
class Customers:
    """Thirty people who write over SMTP; every mail carries its number and its thread's name."""

    port: int
    sending: Sending
    written: list[EmailMessage] = field(default_factory=list)

    def write(self, mail: EmailMessage | bytes, *, sender: str) -> None:
        content = mail if isinstance(mail, bytes) else mail.as_bytes()
        with smtplib.SMTP(HOST, self.port) as smtp:
            smtp.login(self.sending.user, self.sending.password)
            smtp.sendmail(sender, [ADDRESS], re.sub(rb"\r?\n", b"\r\n", content))

    def write_all(self, first: int, last: int) -> None:
        for number in range(first, last):
            mail = self.make(number)
            self.written.append(mail)
            self.write(mail, sender=address_of(number))
            if number % 19 == 0:  # a relay hands it over once more
                self.write(b"Received: by mx2\r\n" + mail.as_bytes(), sender=address_of(number))

    def make(self, number: int) -> EmailMessage:
        """Return mail `number`: each fifth goes on with what the same person wrote before."""
        mail = EmailMessage()
        mail["From"] = f"Customer {number % 30} <{address_of(number)}>"
        mail["To"] = ADDRESS
        mail["X-Number"] = str(number)
        self._address(mail, number)
        if number % 17:
            mail["Date"] = format_datetime(datetime.now(UTC))
        if number % 13:
            reused = number % 23 == 0
            mail["Message-ID"] = (
                "<same@phone.example>" if reused else make_msgid(domain="x.example")
            )
        self._fill(mail, number)
        return mail

    def _address(self, mail: EmailMessage, number: int) -> None:
        earlier = next((old for old in self.written if old["From"] == mail["From"]), None)
        if number % 5 == 0 and earlier and "Message-ID" in earlier:
            subject = str(earlier["Subject"])
            mail["Subject"] = subject if number % 2 else f"Re: {subject}"
            mail["In-Reply-To"] = earlier["Message-ID"]
            mail["X-Thread"] = earlier["X-Thread"]
        else:
            mail["Subject"] = f"Order {number} ließ nicht nach"
            mail["X-Thread"] = f"t{number}"

    def _fill(self, mail: EmailMessage, number: int) -> None:
        words = f"Words of mail {number}."
        if number % 7 == 3:
            mail.set_content(
                f"<p>{words}</p><blockquote>Old &amp; long</blockquote>", subtype="html"
            )
        elif number % 7 == 4:
            charset, text = ODD[number // 7 % len(ODD)]
            mail.set_content(f"{words} {text}\n", charset=charset, cte="base64")
        else:
            mail.set_content(f"{words}\n\nOn Mon, 2 Nov 2026, Brand wrote:\n> What?\n")
        if number % 11 == 2:
            mail.add_attachment(PICTURE, maintype="image", subtype="png", filename=f"{number}.png")

    def inbox(self) -> list[tuple[str, Message]]:
        """Return what people got from the desk: address and mail."""
        found = []
        for _sender, recipients, content in self.sending.accepted:
            mail = message_from_bytes(content)
            if mail["From"] and ADDRESS in mail["From"]:
                found += [(one, mail) for one in recipients if one != ADDRESS]
        return found


def address_of(number: int) -> str:
    return f"customer{number % 30}@people.example"


def machines() -> Iterator[tuple[EmailMessage, str]]:
    """Return mails that nobody wrote, each with its envelope's sender."""
    for number, (sender, name, value) in enumerate(
        [
            ("", "Auto-Submitted", "auto-replied (vacation)"),
            ("", "X-Failed-Recipients", "somebody@else.example"),
            ("news@list.example", "List-Id", "<news.list.example>"),
            ("robot@list.example", "Precedence", "bulk"),
        ],
        start=900,
    ):
        mail = EmailMessage()
        mail["From"] = f"machine{number}@robots.example"
        mail["To"] = ADDRESS
        mail["Subject"] = f"Machine {number}"
        mail["Message-ID"] = make_msgid(domain="robots.example")
        mail["X-Number"], mail["X-Thread"] = str(number), f"t{number}"
        mail[name] = value
        mail.set_content("I am a machine.\n")
        yield mail, sender
