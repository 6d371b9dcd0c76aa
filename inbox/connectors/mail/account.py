"""Whose mailbox it is and where its servers are, with good guesses for what nobody filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from inbox.connectors.errors import Rejected

Tls = Literal["tls", "starttls", "none"]
TLS: tuple[Tls, ...] = ("tls", "starttls", "none")

# Where large providers have their servers: IMAP, SMTP. The ports are the usual ones.
PROVIDERS = {
    "gmail.com": ("imap.gmail.com", "smtp.gmail.com"),
    "googlemail.com": ("imap.gmail.com", "smtp.gmail.com"),
    "icloud.com": ("imap.mail.me.com", "smtp.mail.me.com"),
    "me.com": ("imap.mail.me.com", "smtp.mail.me.com"),
    "yahoo.com": ("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
    "ymail.com": ("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
    "fastmail.com": ("imap.fastmail.com", "smtp.fastmail.com"),
    "gmx.net": ("imap.gmx.net", "mail.gmx.net"),
    "gmx.de": ("imap.gmx.net", "mail.gmx.net"),
    "web.de": ("imap.web.de", "smtp.web.de"),
    "zoho.com": ("imap.zoho.com", "smtp.zoho.com"),
}
# They put what was sent through them into the Sent folder by themselves.
KEEPS_SENT = frozenset({"smtp.gmail.com", "smtp.office365.com"})
# What they call themselves in Authentication-Results.
CHECKERS = {"imap.gmail.com": "mx.google.com", "imap.fastmail.com": "mx.messagingengine.com"}
# https://www.rfc-editor.org/rfc/rfc8314#section-3
BY_PORT: Mapping[int, Tls] = {
    993: "tls",
    143: "starttls",
    465: "tls",
    587: "starttls",
    25: "starttls",
}
ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\x00-\x1f]{1,64}@[^\s@<>\"(),:;\\\x00-\x1f]{1,180}")
LONGEST_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A server: host, port, and how the connection is encrypted."""

    host: str
    port: int
    tls: Tls


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox.

    password, token: what opens it, one of them. sent_folder: "" if the server keeps none that we
    know of. keeps_sent: the server itself puts there what it sends. wants_copy: each answer goes
    to our own address too, as a proof. uses_plus: the mailbox gets what is sent to
    name+word@domain. checker: how our server signs its Authentication-Results, "" if nothing of
    that is believed. days: how far back is read.
    """

    address: str
    name: str
    imap: Place
    smtp: Place
    user: str
    password: str = field(repr=False)
    folder: str
    sent_folder: str
    signature: str
    days: int
    keeps_sent: bool
    wants_copy: bool
    uses_plus: bool
    checker: str
    token: str = field(repr=False, default="")

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def folder_of(self, stream: str) -> str:
        return self.sent_folder if stream == "sent" else self.folder


def completed(values: Mapping[str, str]) -> dict[str, str]:
    """Return what was filled in, without the password, with guesses for what was left out."""
    address = values.get("address", "").strip().lower()
    if not ADDRESS.fullmatch(address):
        raise Rejected("“Address” takes one e-mail address, such as help@brand.example.")
    domain = address.rpartition("@")[2]
    imap, smtp = PROVIDERS.get(domain, (f"imap.{domain}", f"smtp.{domain}"))
    found = {name: text.strip() for name, text in values.items() if name != "password"}
    guesses = {
        "address": address,
        "user": address,
        "imap_host": imap,
        "imap_port": "993",
        "smtp_host": smtp,
        "smtp_port": "587",
        "folder": "INBOX",
        "days": "30",
    }
    known = found | {name: found.get(name) or guess for name, guess in guesses.items()}
    known["address"] = address
    if known["smtp_host"] in KEEPS_SENT:
        known["keeps_sent"] = "1"
    known["checker"] = known.get("checker") or CHECKERS.get(known["imap_host"], "")
    return known


def account(facts: Mapping[str, Any], secrets: Mapping[str, str]) -> Account:
    """Return the account that the facts of a channel describe."""
    form = completed(facts.get("form", {}))
    return Account(
        address=form["address"],
        name=form.get("name", ""),
        imap=_place(form, "imap"),
        smtp=_place(form, "smtp"),
        user=form["user"],
        password=secrets.get("password", ""),
        folder=form["folder"],
        sent_folder=str(facts.get("sent_folder") or form.get("sent_folder", "")),
        signature=form.get("signature", ""),
        days=_number(form, "days", "Days to read back"),
        keeps_sent=bool(form.get("keeps_sent")),
        wants_copy=bool(form.get("wants_copy")),
        uses_plus=bool(form.get("uses_plus")),
        checker=form.get("checker", "").lower(),
        token=secrets.get("access_token", ""),
    )


def _place(form: Mapping[str, str], kind: str) -> Place:
    port = _number(form, f"{kind}_port", f"{kind.upper()} port")
    named = form.get(f"{kind}_tls") or BY_PORT.get(port, "tls")
    tls = next((known for known in TLS if known == named), None)
    if tls is None:
        raise Rejected(f"“{kind.upper()} encryption” is one of TLS, STARTTLS and none.")
    return Place(form[f"{kind}_host"].lower(), port, tls)


def _number(form: Mapping[str, str], name: str, label: str) -> int:
    text = form[name]
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise Rejected(f"“{label}” takes a number from 1 to 65535.")
    return int(text)
