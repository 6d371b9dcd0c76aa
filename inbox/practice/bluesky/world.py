"""All that the network holds, in memory: accounts, repositories, what is known of them, chats."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import regex

from inbox.practice.bluesky import marks
from inbox.practice.faults import Faults

POST = "app.bsky.feed.post"
BLOCK = "app.bsky.graph.block"
SWITCHES: dict[str, Any] = {"clock_offset": 0.0, "chat_is_down": False}
ACCESS, REFRESH = 7200.0, 90 * 86_400.0  # seconds that tokens last
APP_PASSWORD, WITH_CHAT = "com.atproto.appPass", "com.atproto.appPassPrivileged"


class Refused(Exception):
    """The network says no, under one of its names."""

    def __init__(self, name: str, words: str = "", *, status: int = 400) -> None:
        super().__init__(words or name)
        self.name = name
        self.status = status


@dataclass
class Account:
    did: str
    handle: str
    password: str
    scope: str
    name: str = ""
    followers: int = 0
    created_at: str = ""
    mutes: set[str] = field(default_factory=set)


@dataclass
class Record:
    uri: str
    cid: str
    value: dict[str, Any]
    indexed_at: str
    deleted: bool = False

    @property
    def sort_at(self) -> str:
        """The time by which lists are ordered: what the author says, but never later than now."""
        try:
            return min(marks.stamp(marks.seconds(self.value["createdAt"])), self.indexed_at)
        except (KeyError, TypeError, ValueError):
            return self.indexed_at


@dataclass
class Convo:
    id: str
    members: list[str]
    messages: list[dict[str, Any]] = field(default_factory=list)
    rev: str = ""


class World:
    """One network."""

    def __init__(self, *, site: str) -> None:
        self.site = site
        self.faults = Faults(SWITCHES)
        self.accounts: dict[str, Account] = {}
        self.records: dict[str, Record] = {}  # by at:// address, in the order of their arrival
        self.tokens: dict[str, tuple[str, str, float]] = {}  # token: DID, scope, end
        self.blobs: dict[str, tuple[str, bytes]] = {}
        self.convos: list[Convo] = []
        self.reports: list[dict[str, Any]] = []

    def now(self) -> float:
        return time.time() + float(self.faults.switches["clock_offset"])

    # -- people --------------------------------------------------------------------------------
    def ensure(self, handle: str, **facts: Any) -> Account:
        """Return the account of that name, made if it is missing, with `facts` set."""
        did = marks.did(handle)
        if did not in self.accounts:
            self.accounts[did] = Account(
                did, handle, "pass-word-1234", WITH_CHAT, created_at=marks.stamp(self.now())
            )
        for name, value in facts.items():
            setattr(self.accounts[did], name, value)
        return self.accounts[did]

    def find(self, identifier: str) -> Account:
        for account in self.accounts.values():
            if identifier.lower() in (account.did, account.handle):
                return account
        raise Refused("InvalidRequest", "Unable to resolve handle")

    def session(self, account: Account) -> dict[str, Any]:
        access = self._token(account, account.scope, ACCESS)
        refresh = self._token(account, "com.atproto.refresh", REFRESH)
        return {
            "accessJwt": access,
            "refreshJwt": refresh,
            "did": account.did,
            "handle": account.handle,
            "active": True,
        }

    def _token(self, account: Account, scope: str, lasts: float) -> str:
        ends = self.now() + lasts
        made = marks.token(account.did, scope, ends)
        self.tokens[made] = account.did, scope, ends
        return made

    # -- repositories --------------------------------------------------------------------------
    def put(
        self, account: Account, collection: str, rkey: str, value: dict[str, Any], swap: Any = ...
    ) -> Record:
        """Write a record; `swap`: the CID that it replaces, None for nothing, ... for whatever."""
        uri, made = f"at://{account.did}/{collection}/{rkey}", marks.cid(value)
        known = self.records.get(uri)
        known = None if known and known.deleted else known
        if known and known.cid == made:
            return known
        if swap is not ... and swap != (known.cid if known else None):
            raise Refused("InvalidSwap", f"Record was at {known.cid if known else None}")
        if collection == POST:
            check_text(value.get("text"), graphemes=300, size=3000)
        at = known.indexed_at if known else marks.stamp(self.now())
        self.records[uri] = Record(uri, made, value, at)
        return self.records[uri]

    def live(self, collection: str) -> list[Record]:
        """Return the records of a collection that are there, newest first."""
        found = [
            record
            for uri, record in self.records.items()
            if uri.split("/")[3] == collection and not record.deleted
        ]
        return sorted(found, key=lambda record: (record.sort_at, record.cid), reverse=True)

    def record(self, uri: str) -> Record | None:
        found = self.records.get(uri)
        return None if found is None or found.deleted else found

    def author(self, record: Record) -> Account:
        return self.accounts[record.uri.split("/")[2]]

    def is_blocked(self, one: str, other: str) -> bool:
        pairs = {(self.author(r).did, r.value.get("subject")) for r in self.live(BLOCK)}
        return (one, other) in pairs or (other, one) in pairs

    # -- private messages ----------------------------------------------------------------------
    def convo(self, *members: str) -> Convo:
        wanted = sorted(members)
        for convo in self.convos:
            if convo.members == wanted:
                return convo
        self.convos.append(Convo(marks.tid(), wanted, rev=marks.tid()))
        return self.convos[-1]

    def say(self, convo: Convo, sender: str, message: dict[str, Any]) -> dict[str, Any]:
        check_text(message.get("text"), graphemes=1000, size=10_000)
        convo.rev = marks.tid()
        said = {
            "$type": "chat.bsky.convo.defs#messageView",
            "id": marks.tid(),
            "rev": convo.rev,
            "sender": {"did": sender},
            "sentAt": marks.stamp(self.now()),
            **{name: message[name] for name in ("text", "facets") if name in message},
        }
        convo.messages.insert(0, said)
        return said


def check_text(text: Any, *, graphemes: int, size: int) -> None:
    if not isinstance(text, str):
        raise Refused("InvalidRequest", "Invalid record: text is missing")
    seen = len(regex.findall(r"\X", text))
    if seen > graphemes:
        raise Refused("InvalidRequest", f"grapheme too big (maximum {graphemes}, got {seen})")
    if len(text.encode()) > size:
        raise Refused("InvalidRequest", f"string too big (maximum {size})")
