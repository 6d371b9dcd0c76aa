"""E-mail: glue between the desk's contract and one mailbox with the server that sends for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from inbox.connectors.base import Connector, Waiter
from inbox.connectors.errors import Rejected, Unsupported
from inbox.connectors.http import Http
from inbox.connectors.mail import account as accounts
from inbox.connectors.mail import composing, mapping, reading, sending
from inbox.connectors.mail.account import Account
from inbox.connectors.mail.door import Door
from inbox.connectors.mail.form import FORM
from inbox.connectors.mail.sign_in import PLACES, SignIn
from inbox.connectors.received import Document
from inbox.connectors.types import (
    Capability,
    ChannelCredentials,
    FetchPage,
    InboundAuthor,
    Limits,
    Manifest,
    Measure,
    Opening,
    OutboundReply,
    Problem,
    SendReceipt,
    StreamSpec,
    TokenSet,
    Window,
)

MOST_TEXT = 100_000  # characters; mail itself knows no limit


class MailConnector(Connector):
    """One mailbox."""

    manifest = Manifest(
        slug="mail",
        label="E-mail",
        icon="mail",
        capabilities=frozenset({Capability.POLL, Capability.DIRECT_MESSAGE, Capability.ATTEND}),
        limits=Limits(
            text_length=MOST_TEXT,
            private_text_length=MOST_TEXT,
            pictures=10,
            picture_bytes=5 * 1024 * 1024,
        ),
        streams=(
            StreamSpec("inbox", timedelta(seconds=60)),
            StreamSpec("sent", timedelta(minutes=2)),
        ),
        connect_form=FORM,
        sign_ins=PLACES,
        has_addresses=False,
    )

    def __init__(
        self, credentials: ChannelCredentials, http: Http, door: Door | None = None
    ) -> None:
        super().__init__(credentials, http)
        self._door = door or Door(timeout=http.timeout, reach=http.reach)

    # -- sign-in -------------------------------------------------------------------------------
    def open(self, values: Mapping[str, str]) -> Opening:
        """Sign in to both servers; whichever refuses is named, with its reason."""
        secrets = {"password": values.get("password", "")}
        form = accounts.completed(values)
        if not secrets["password"]:
            raise Rejected("“Password” is missing.")
        facts = {"form": form}
        return Opening(TokenSet(secrets, None), self._looked_at(facts, secrets))

    def authorize_url(self, *, redirect_uri: str, state: str, code_challenge: str) -> str:
        return self._sign_in().page(
            redirect_uri=redirect_uri, state=state, code_challenge=code_challenge
        )

    def exchange_code(self, *, code: str, redirect_uri: str, code_verifier: str) -> TokenSet:
        return self._sign_in().exchange(
            code=code, redirect_uri=redirect_uri, code_verifier=code_verifier
        )

    def read_facts(self) -> Mapping[str, Any]:
        facts, secrets = dict(self.credentials.facts), self.credentials.secrets
        if facts.get("sign_in"):
            facts["form"] = self._sign_in().form(secrets, facts.get("form", {}))
        return self._looked_at(facts, secrets)

    def refresh(self) -> TokenSet:
        """Renew the tokens, or sign in once more: a password does not end, but a server may be
        mistaken for a while."""
        if self.credentials.facts.get("sign_in"):
            return self._sign_in().renew(self.credentials.secrets)
        with self._door.imap(self._account()):
            return TokenSet(self.credentials.secrets, None)

    @classmethod
    def renews(cls, secrets: Mapping[str, str]) -> bool:
        return "password" in secrets or bool(secrets.get("refresh_token"))

    def verify_credentials(self) -> InboundAuthor:
        account = self._account()
        with self._door.imap(account) as imap:
            imap.open(account.folder)
        with self._door.smtp(account):
            return mapping.own(account)

    # -- reading -------------------------------------------------------------------------------
    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        if stream not in ("inbox", "sent"):
            raise Unsupported(f"A mailbox has no stream {stream}")
        return reading.page(self._door, self._account(), window, stream=stream)

    def reread(self, stream: str, raw: Any) -> FetchPage:
        if stream not in ("inbox", "sent"):
            raise Unsupported(f"A mailbox has no stream {stream}")
        return reading.again(self._door, self._account(), raw, stream=stream)

    @contextmanager
    def attend(self, streams: Collection[str]) -> Iterator[Waiter]:
        """By IDLE, of the inbox alone. https://www.rfc-editor.org/rfc/rfc2177"""
        account = self._account()
        if "inbox" not in streams:
            raise Unsupported("Only the inbox is attended.")
        with self._door.imap(account) as imap:
            if not imap.can_wait():
                raise Unsupported("The mail server does not tell of new mail (IDLE).")
            imap.open(account.folder)
            yield lambda seconds: frozenset({"inbox"} if imap.wait(seconds) else ())

    def fetch_attachment(self, url: str, *, max_bytes: int) -> Document:
        return reading.attachment(self._door, self._account(), url, max_bytes=max_bytes)

    # -- writing -------------------------------------------------------------------------------
    def measure(self, reply: OutboundReply) -> Measure:
        return Measure(length=len(composing.body(reply, self._account())), limit=MOST_TEXT)

    def check_reply(self, reply: OutboundReply) -> list[Problem]:
        found = super().check_reply(reply)
        machine = sending.problem(reply)
        return [*found, machine] if machine else found

    def send_reply(self, reply: OutboundReply) -> SendReceipt:
        return sending.send(self._door, self._account(), reply)

    def find_sent(self, reply: OutboundReply) -> SendReceipt | None:
        return sending.find(self._door, self._account(), reply)

    # -- whose mailbox this is -----------------------------------------------------------------
    def _sign_in(self) -> SignIn:
        return SignIn(self.credentials.facts["sign_in"], self.credentials.endpoints, self.http)

    def _account(self) -> Account:
        return accounts.account(self.credentials.facts, self.credentials.secrets)

    def _looked_at(self, facts: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """Return `facts` with what both servers say now."""
        account = accounts.account(facts, secrets)
        with self._door.imap(account) as imap:
            imap.open(account.folder)
            sent = reading.sent_folder(imap, account)
        with self._door.smtp(account):
            pass
        return facts | {"sent_folder": sent, "lacks_streams": [] if sent else ["sent"]}
