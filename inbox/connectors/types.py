"""The vocabulary between connectors and the desk: plain frozen values, no Django."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal


class Capability(enum.StrEnum):
    """What a network lets us do; the desk asks for these, never for a network's name."""

    POLL = "poll"  # fetch_page
    REPLY = "reply"  # send_reply and find_sent, public
    DIRECT_MESSAGE = "direct_message"  # send_reply and find_sent, private
    LOOKUP = "lookup"  # lookup: what has become of items we know
    LISTEN = "listen"  # listening: what anybody says, by its words
    DELETE = "delete"  # delete our own item
    HIDE = "hide"  # hide somebody's reply to us
    LIKE = "like"
    FOLLOW = "follow"
    MUTE = "mute"  # no longer see somebody's posts
    BLOCK = "block"
    REPORT = "report"  # to the moderators of the server
    EDIT = "edit"  # change our own item
    PUBLISH = "publish"  # a post of our own that answers nobody
    ATTEND = "attend"  # attend: told of news at once, over a line that we hold
    WEBHOOK = "webhook"  # verify_webhook, accounts_of, parse_webhook: it delivers by itself


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes and windows that a reply must keep.

    `text_length` is in the network's own counting unit, `reply_window` counts from the
    customer's message; None means no limit. `pictures` is how many a reply may carry, each of at
    most `picture_bytes`; `private_pictures` how many in private, None for as many.
    """

    text_length: int
    private_text_length: int
    reply_window: timedelta | None = None
    pictures: int = 0
    picture_bytes: int = 0
    private_pictures: int | None = None

    def pictures_in(self, *, is_private: bool) -> int:
        """Return how many pictures a reply may carry in private or in public."""
        private = self.pictures if self.private_pictures is None else self.private_pictures
        return private if is_private else self.pictures


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One thing to poll, with its own cursor: mentions, our own posts, direct messages.

    cost: US dollars that the network takes for one item read.
    """

    name: str
    poll_every: timedelta
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing that a network without a sign-in page of its own needs from an admin.

    label, help_text: in English, translated by the desk. kind: "text", "lines" (a text of many
    lines), "password" (never shown again), "number", "flag" (a box to tick) or "choice" (one of
    `choices`, each a value and its label). needs_try: a change counts only once the network was
    tried with it.
    """

    name: str
    label: str
    help_text: str = ""
    kind: Literal["text", "lines", "password", "number", "flag", "choice"] = "text"
    is_required: bool = True
    initial: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    needs_try: bool = True

    @property
    def is_secret(self) -> bool:
        return self.kind == "password"


@dataclass(frozen=True, slots=True)
class ConnectForm:
    """How a network is connected where there is no sign-in page to be sent to: by these fields.

    `Connector.open` gets what was filled in. Without a secret field there is no sign-in at all.
    """

    intro: str
    fields: tuple[FormField, ...]

    @property
    def signs_in(self) -> bool:
        return any(field.is_secret for field in self.fields)

    @property
    def settings(self) -> ConnectForm:
        """Return what may be changed at any time, whichever way the account was connected."""
        return replace(self, fields=tuple(one for one in self.fields if not one.needs_try))


@dataclass(frozen=True, slots=True)
class SignInPlace:
    """A place where people let us in by signing in there, instead of by a form of ours.

    slug: what it is called in the settings, and in a channel's facts under "sign_in".
    """

    slug: str
    label: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a network is and can do, readable without credentials.

    asks_server: accounts live on many servers, so people say which one is theirs; how servers
    and accounts differ from the manifest is in their `facts`.
    listening: streams of what anybody says, read as "name:what" for a search that people saved.
    connect_form: what an admin fills in to connect; None: by signing in there (OAuth 2.0).
    sign_ins: places where people may sign in (OAuth 2.0) instead of filling in that form.
    parts: streams of which one account has any number; its `facts` name them in "streams".
    versions_grow: of two versions of one item the later has the longer or greater `version_id`, so
    that whatever comes late cannot undo an edit.
    undoable: acts that `Connector.take_back` takes back; what can be hidden can be shown anyway.
    has_addresses: items can be looked at on the web, so what is there can be proved by an address.
    hook_headers: of a delivery, what besides its type is needed to read it.
    lookup_cost: US dollars that the network takes for one item looked up; 0 where reading is free.
    not_read: what people might expect to arrive and does not, in a sentence, "" for nothing.
    """

    slug: str
    label: str
    icon: str
    capabilities: frozenset[Capability]
    limits: Limits
    streams: tuple[StreamSpec, ...]
    asks_server: bool = False
    listening: tuple[StreamSpec, ...] = ()
    connect_form: ConnectForm | None = None
    sign_ins: tuple[SignInPlace, ...] = ()
    parts: tuple[StreamSpec, ...] = ()
    versions_grow: bool = False
    undoable: frozenset[Capability] = frozenset()
    has_addresses: bool = True
    hook_headers: tuple[str, ...] = ()
    lookup_cost: float = 0.0
    not_read: str = ""

    @property
    def signs_in(self) -> bool:
        """Say whether there is a sign-in that can end."""
        return self.connect_form is None or self.connect_form.signs_in

    def place(self, at: str) -> str:
        """Return where people sign in: at one of `sign_ins`, or on the network itself."""
        return next((place.label for place in self.sign_ins if place.slug == at), self.label)

    def allows(self, capability: Capability, facts: Mapping[str, Any]) -> bool:
        """Say whether an account with these facts has `capability`."""
        return capability in self.capabilities and capability not in facts.get("lacks", ())

    def streams_with(self, facts: Mapping[str, Any]) -> tuple[StreamSpec, ...]:
        """Return what can be polled on an account with these facts."""
        lacks = facts.get("lacks_streams", ())
        found = [spec for spec in self.streams if spec.name not in lacks]
        parts = [replace(self.stream(name), name=name) for name in facts.get("streams", ())]
        return (*found, *parts)

    def stream(self, name: str) -> StreamSpec:
        """Return the spec of a stream by its name, also with a word as in "hashtag:help"."""
        kind = name.partition(":")[0]
        known = (*self.streams, *self.listening, *self.parts)
        return next(spec for spec in known if spec.name == kind)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a network is, how our app is known there, and what it may do there.

    hook_key, hook_secret: the app as it registers the address for deliveries, and what these are
    signed with; empty where there are none. answers_anybody: also people who did not speak to us,
    where most apps may not. scopes: what the app may ask people for, "" for what the network has.
    imap_url, smtp_url: where mail is read and sent, as in
    "imaps://imap.example.org:993" and "smtp+starttls://smtp.example.org:587".
    """

    api_url: str
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False, default="")
    hook_key: str = ""
    hook_secret: str = field(repr=False, default="")
    answers_anybody: bool = False
    scopes: str = ""
    imap_url: str = ""
    smtp_url: str = ""


@dataclass(frozen=True, slots=True)
class ChannelCredentials:
    """Who we are on the network. `external_id` and `handle` are empty before the first sign-in.

    facts: what `Connector.read_facts` found on this server for this account, or nothing.
    """

    external_id: str
    handle: str
    endpoints: Endpoints
    secrets: Mapping[str, str] = field(repr=False, default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AppKeys:
    """How an app that we registered ourselves is known on one server.

    scopes: what it may ask people for, where servers differ in that; is_broad: by the broadest
    names, since the server knows no others.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = ""
    is_broad: bool = False


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a sign-in or a refresh returned: `secrets` to keep and when the access ends."""

    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a filled-in form came to: `tokens` to keep sealed, `facts` to keep in the open."""

    tokens: TokenSet
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InboundAuthor:
    """The outside person. `followers` is None where the network does not tell."""

    external_id: str
    handle: str
    name: str = ""
    followers: int | None = None
    is_verified: bool = False
    avatar_url: str = ""
    url: str = ""
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboundAttachment:
    """A picture, film, sound or file of a message, which `Connector.fetch_attachment` gets.

    external_id: stable within the message. url: where it is, in the connector's own terms.
    name, content_type, size (bytes), description: as the network says, nothing of it checked.
    """

    external_id: str
    kind: Literal["image", "video", "audio", "file"]
    url: str
    name: str = ""
    content_type: str = ""
    size: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """What people should know before they believe or answer a message.

    code: one that the desk has words for; params: the facts in those words.
    """

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One item as the network shows it now.

    external_id: stable through edits; version_id: changes with each edit.
    thread_external_id: public, the root of the reply tree; private, the counterpart's id, or that
    of one of several conversations with them.
    in_reply_to: external id of the parent, "" for none; is_reply_to_us: the parent is ours.
    is_ours: written by the connected account.
    counterpart: private only, the other person (the author unless the message is ours).
    is_context: not addressed to us, only here because something above or below it is.
    language: as the network says, "" for unknown; raw: the payload, for the record.
    remarks: what is to be said of it, such as that a machine wrote it.
    same_as: how the item is known wherever else it is shown (on another server, in another feed),
    "" if by its `external_id`. reposts: how often people have passed it on, None if not told.
    """

    external_id: str
    version_id: str
    thread_external_id: str
    author: InboundAuthor
    text: str
    sent_at: datetime
    in_reply_to: str = ""
    is_reply_to_us: bool = False
    is_ours: bool = False
    is_private: bool = False
    is_context: bool = False
    counterpart: InboundAuthor | None = None
    url: str = ""
    language: str = ""
    same_as: str = ""
    reposts: int | None = None
    attachments: tuple[InboundAttachment, ...] = ()
    remarks: tuple[Remark, ...] = ()
    raw: Mapping[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a stream, newest first: younger than `after`, older than `before`.

    Both are marks that the connector itself handed out earlier; None leaves the side open.
    most: how many items are wanted at most, for networks that take money for each.
    """

    after: str | None = None
    before: str | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class FetchPage:
    """One page of a window, newest first.

    newest: mark of the newest item seen, None if the page is empty.
    next_before: mark to go on with inside the same window, None when the window is done.
    problems: items that could not be read, kept for people to see; never a reason to lose the page.
    reposts: of items that somebody passed on: their external id, and how often by now. A repost
    says nothing of its own, so it is no message.
    """

    messages: tuple[InboundMessage, ...]
    newest: str | None
    next_before: str | None
    problems: tuple[BadItem, ...] = ()
    reposts: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many items the network has shown, readable or not."""
        return len(self.messages) + len(self.problems)


@dataclass(frozen=True, slots=True)
class BadItem:
    """A payload we could not read: what was wrong with it, and the payload."""

    reason: str
    raw: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a network wants to hear from the address that it delivers to."""

    content: str
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery tells one account.

    named: ids of items that it names without telling enough of them, to be looked up.
    gone: ids, in any version, of items that are no longer there.
    ended: why our sign-in holds no longer, "" while it does. problems: what could not be read.
    """

    messages: tuple[InboundMessage, ...] = ()
    named: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    ended: str = ""
    problems: tuple[BadItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, film or sound to publish, and what it shows, for those who cannot see it."""

    content: bytes = field(repr=False)
    content_type: str
    description: str


@dataclass(frozen=True, slots=True)
class OutboundReply:
    """A text on its way out.

    in_reply_to: external id of the message we answer. recipient_external_id: private only.
    started_at: when the first attempt began; find_sent looks no further back.
    answers: the payload (`InboundMessage.raw`) of the message we answer, empty if unknown: who
    wrote it and who may see it decide what the network is told.
    """

    idempotency_key: str
    text: str
    in_reply_to: str
    recipient_external_id: str
    is_private: bool
    started_at: datetime
    answers: Mapping[str, Any] = field(repr=False, default_factory=dict)
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundPost:
    """A post of our own that answers nobody.

    warning: shown first, in place of the text. quotes: external id of a post that it shows.
    """

    idempotency_key: str
    text: str
    language: str = ""
    warning: str = ""
    media: tuple[Media, ...] = ()
    quotes: str = ""


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """Proof that the network has our item."""

    external_id: str
    sent_at: datetime
    url: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why a reply cannot be sent as it stands, in words for the person who wrote it.

    params: the facts in `message`, for those who say the same in another language.
    """

    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """A text's length by the network's own rule, out of `limit`."""

    length: int
    limit: int
