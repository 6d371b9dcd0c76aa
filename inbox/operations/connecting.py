"""Connecting an account: what a sign-in or a form opens, a look at it, and the channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from inbox import tasks
from inbox.connectors import registry
from inbox.connectors.base import Connector
from inbox.connectors.errors import ConnectorError, Elsewhere
from inbox.connectors.types import (
    Capability,
    InboundAuthor,
    InboundMessage,
    Limits,
    TokenSet,
    Window,
)
from inbox.errors import ConnectFailed
from inbox.lib import crypto
from inbox.lib.bell import ring
from inbox.lib.errors import BadInput
from inbox.models import Channel, Server, Stream, User
from inbox.operations import health
from inbox.operations.access import announce_access
from inbox.operations.audit import announce, record
from inbox.operations.channels import check_may_manage, connector_before, keep_facts
from inbox.operations.signing_in import facts_before
from inbox.said import said

NEWEST_SHOWN = 5  # items of a test read that an admin sees
KEPT_OF_ACCOUNT = ("external_id", "handle", "name", "avatar_url")


@dataclass(frozen=True, slots=True)
class TestRead:
    """What the first page of one stream held; `trouble` in the network's words."""

    stream: str
    count: int = 0
    newest_at: datetime | None = None
    trouble: str = ""
    label: str = ""
    newest: tuple[InboundMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a finished sign-in opened. `sealed` is all of it, encrypted, to be kept by
    `keep_found`."""

    account: InboundAuthor
    limits: Limits
    can_answer: bool
    reads: tuple[TestRead, ...]
    sealed: str


def finish_sign_in(
    *,
    network: str,
    code: str,
    code_verifier: str,
    redirect_uri: str,
    by: User | None,
    expected: Channel | None = None,
    server: Server | None = None,
) -> Channel:
    """Turn a finished sign-in into a channel, or into a reconnected one.

    expected: the channel to reconnect; signing in as somebody else is refused.
    Raises ConnectFailed in words if the network or the account does not fit.
    """
    check_may_manage(by)
    code_of = {"code": code, "redirect_uri": redirect_uri, "code_verifier": code_verifier}
    account, tokens, facts = _open_sign_in(network, server, expected, code_of)
    return _keep_channel(network, account, tokens, by, server, facts)


def look_at_sign_in(
    *,
    network: str,
    code: str,
    code_verifier: str,
    redirect_uri: str,
    by: User | None,
    expected: Channel | None = None,
    server: Server | None = None,
    at: str = "",
) -> Finding:
    """Say what a finished sign-in opens, by reading once; nothing is stored yet.

    Raises ConnectFailed in words if the network or the account does not fit.
    """
    check_may_manage(by)
    code_of = {"code": code, "redirect_uri": redirect_uri, "code_verifier": code_verifier}
    account, tokens, facts = _open_sign_in(network, server, expected, code_of, at)
    return _finding(network, server, account, tokens, facts)


def _open_sign_in(
    network: str,
    server: Server | None,
    expected: Channel | None,
    code_of: dict[str, str],
    at: str = "",
) -> tuple[InboundAuthor, TokenSet, dict[str, Any]]:
    """Return the account behind a finished sign-in, its tokens, and what it allows."""
    before = facts_before(at, expected)
    try:
        tokens = connector_before(network, server, facts=before).exchange_code(**code_of)
        facts = dict(connector_before(network, server, tokens=tokens, facts=before).read_facts())
        account = connector_before(network, server, tokens=tokens, facts=facts).verify_credentials()
    except ConnectorError as error:
        raise _did_not_work(error) from error
    _check_expected(account, expected)
    return account, tokens, facts


def look_at_form(
    *, network: str, values: Mapping[str, str], by: User | None, expected: Channel | None = None
) -> Finding:
    """Say what a filled-in `ConnectForm` opens, by reading once; nothing is stored yet.

    expected: the channel to connect anew, which stays the same one. Raises BadInput for a
    network without a form, ConnectFailed in words if what was filled in does not work.
    """
    check_may_manage(by)
    if network not in registry.CONNECTORS or not registry.manifest(network).connect_form:
        raise BadInput(_("There is no network called “%(name)s”.") % {"name": network})
    try:
        opening = connector_before(network, None, who=expected).open(values)
        account = connector_before(
            network, None, who=expected, tokens=opening.tokens, facts=opening.facts
        ).verify_credentials()
    except Elsewhere as error:
        raise ConnectFailed(
            said(error.message), addresses=error.addresses, instead_of=error.instead_of
        ) from error
    except ConnectorError as error:
        raise ConnectFailed(said(error.message)) from error
    _check_expected(account, expected)
    if not expected and not registry.manifest(network).signs_in:
        _check_new(network, account)
    return _finding(network, None, account, opening.tokens, dict(opening.facts))


def _check_new(network: str, account: InboundAuthor) -> None:
    """Where nothing proves that it is the same owner, a channel is not overwritten by accident."""
    same = Channel.objects.filter(
        network=network,
        external_id=account.external_id,
        is_practice=settings.PRACTICE_NETWORK,
    ).first()
    if same:
        raise ConnectFailed(
            _("This is connected already, as “%(channel)s”. Change it on its own page.")
            % {"channel": same.name}
        )


def _finding(
    network: str,
    server: Server | None,
    account: InboundAuthor,
    tokens: TokenSet,
    facts: dict[str, Any],
) -> Finding:
    signed_in = connector_before(network, server, who=account, tokens=tokens, facts=facts)
    sealed = {
        "network": network,
        "server": server.pk if server else None,
        "account": {name: getattr(account, name) for name in KEPT_OF_ACCOUNT},
        "facts": facts,
        "secrets": dict(tokens.secrets),
        "expires_at": tokens.expires_at.isoformat() if tokens.expires_at else None,
    }
    return Finding(
        account=account,
        limits=signed_in.limits(),
        can_answer=signed_in.can(Capability.REPLY) or signed_in.can(Capability.DIRECT_MESSAGE),
        reads=tuple(_test_read(signed_in, spec.name) for spec in signed_in.streams()),
        sealed=crypto.encrypt(json.dumps(sealed)),
    )


def keep_found(*, sealed: str, by: User) -> Channel:
    """Make a channel of what `look_at_sign_in` found. Raises NotAllowed."""
    check_may_manage(by)
    found = json.loads(crypto.decrypt(sealed))
    ends = found["expires_at"]
    tokens = TokenSet(found["secrets"], datetime.fromisoformat(ends) if ends else None)
    server = Server.objects.filter(pk=found["server"]).first()
    account = InboundAuthor(**found["account"])
    return _keep_channel(found["network"], account, tokens, by, server, found["facts"])


def follow(*, stream: Stream, by: User) -> Channel:
    """Read a stream where it says that it is now. Raises NotAllowed, BadInput, ConnectFailed."""
    check_may_manage(by)
    channel = stream.channel
    values = dict(channel.facts.get("form", {}))
    if not stream.moved_to or not values:
        raise BadInput(_("It has not said that it is elsewhere."))
    moves = {stream.moved_from: stream.moved_to}
    values = {
        name: "\n".join(moves.get(line, line) for line in str(value).split("\n"))
        for name, value in values.items()
    }
    found = look_at_form(network=channel.network, values=values, by=by, expected=channel)
    return keep_found(sealed=found.sealed, by=by)


def _test_read(connector: Connector, stream: str) -> TestRead:
    label = str(connector.credentials.facts.get("stream_names", {}).get(stream, ""))
    try:
        page = connector.fetch_page(stream, Window())
    except ConnectorError as error:
        return TestRead(stream, trouble=error.message, label=label)
    public = [item for item in page.messages if not item.is_private]
    return TestRead(
        stream,
        count=len(page.messages),
        newest_at=page.messages[0].sent_at if page.messages else None,
        label=label,
        newest=tuple(public[:NEWEST_SHOWN]),
    )


def _did_not_work(error: ConnectorError) -> ConnectFailed:
    return ConnectFailed(
        _("The sign-in did not work: %(words)s. Try again from “Connect a channel”.")
        % {"words": said(error.message).rstrip(".")}
    )


def _check_expected(account: InboundAuthor, expected: Channel | None) -> None:
    if expected and account.external_id != expected.external_id:
        raise ConnectFailed(
            _("You signed in as @%(other)s, but this channel is @%(handle)s. Nothing was changed.")
            % {"other": account.handle, "handle": expected.handle}
        )


@transaction.atomic
def _keep_channel(
    network: str,
    account: InboundAuthor,
    tokens: TokenSet,
    by: User | None,
    server: Server | None,
    facts: Any,
) -> Channel:
    values = {
        "handle": account.handle,
        "avatar_url": account.avatar_url,
        "server": server,
        "secrets": dict(tokens.secrets),
        "secrets_expire_at": tokens.expires_at,
        "refreshed_at": None,
        "push_checked_at": None,
    }
    channel, is_new = Channel.objects.update_or_create(
        network=network,
        external_id=account.external_id,
        is_practice=settings.PRACTICE_NETWORK,
        defaults=values,
        create_defaults={**values, "name": account.name or account.handle},
    )
    keep_facts(channel, facts)
    channel.streams.update(next_poll_at=None, failures=0, last_error="")
    ring(tasks.subscribe_channel, channel.pk)
    verb = "inbox.channel.connected" if is_new else "inbox.channel.reconnected"
    record(actor=by, verb=verb, target=channel, handle=account.handle)
    health.mark_signed_in(channel=channel)
    announce(kind="channels", channel_id=channel.pk)
    if is_new:
        # Who sees only a part of the desk has not heard of this channel yet.
        announce_access(User.objects.filter(is_active=True).exclude(role__in=User.SEES_ALL))
    return channel
