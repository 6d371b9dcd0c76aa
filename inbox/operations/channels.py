"""Connecting accounts, keeping their sign-in alive, pausing them; and the door to connectors."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.connectors import registry
from inbox.connectors.base import Connector
from inbox.connectors.errors import AuthExpired, ConnectorError, TransientError
from inbox.connectors.http import Http
from inbox.connectors.types import ChannelCredentials, Endpoints, InboundAuthor, TokenSet
from inbox.errors import ChannelUnavailable, ConnectFailed
from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import Channel, Stream, User
from inbox.operations import health
from inbox.operations.access import announce_access
from inbox.operations.audit import announce, record

logger = logging.getLogger(__name__)

REFRESH_AHEAD = timedelta(minutes=10)
REFRESH_LEASE = timedelta(seconds=30)
# A second "signed out" so soon after a refresh means that fresh tokens do not help.
REFRESH_HELPS_FOR = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class SignIn:
    """An admin's sign-in under way: where to send the browser, and what must come back."""

    url: str
    state: str
    code_verifier: str


@cache
def http() -> Http:
    """Return this process's door to the networks; private addresses only for practice."""
    return Http(timeout=settings.NETWORK_TIMEOUT, allow_private=settings.PRACTICE_NETWORK)


def connector_for(channel: Channel) -> Connector:
    """Return a connector that speaks as `channel`, its sign-in refreshed if it is about to end.

    Raises ChannelUnavailable for a channel of other networks than this run's, and the
    connector errors of a refresh.
    """
    if channel.is_practice != settings.PRACTICE_NETWORK:
        raise ChannelUnavailable(
            _("%(channel)s belongs to the practice network, which is not running.")
            % {"channel": channel}
            if channel.is_practice
            else _("%(channel)s is a real account, and this is a practice run.")
            % {"channel": channel}
        )
    ends = channel.secrets_expire_at
    if ends and ends - timezone.now() < REFRESH_AHEAD:
        refresh_channel(channel=channel)
    return _connector(channel)


def refresh_channel(*, channel: Channel) -> None:
    """Renew the sign-in of `channel`, one worker at a time, and store it before it is used.

    Refresh tokens are good for one use, so two workers must never spend the same one.
    Raises AuthExpired if the network refuses, TransientError if another worker is at it.
    """
    now = timezone.now()
    free = Channel.objects.filter(pk=channel.pk).filter(
        Q(refresh_lease_until=None) | Q(refresh_lease_until__lte=now)
    )
    if not free.update(refresh_lease_until=now + REFRESH_LEASE):
        raise TransientError("the sign-in is being renewed", retry_after=2)
    try:
        channel.refresh_from_db()
        tokens = _connector(channel).refresh()
        _keep_tokens(channel, tokens)
    finally:
        Channel.objects.filter(pk=channel.pk).update(refresh_lease_until=None)


def note_trouble(*, channel: Channel, error: ConnectorError) -> None:
    """Do what an error asks for: renew a sign-in that ended, or tell an admin that it is dead."""
    if not isinstance(error, AuthExpired):
        return
    channel.refresh_from_db()
    recent = channel.refreshed_at and timezone.now() - channel.refreshed_at < REFRESH_HELPS_FOR
    if not recent:
        try:
            refresh_channel(channel=channel)
            return
        except AuthExpired as refused:
            error = refused
        except ConnectorError as trouble:
            logger.warning("refresh failed", extra={"channel": channel.pk, "code": trouble.code})
            return
    health.mark_signed_out(channel=channel, words=error.message)


def begin_sign_in(*, network: str, by: User | None, redirect_uri: str) -> SignIn:
    """Start connecting an account. Raises NotAllowed, BadInput if the network is not set up."""
    _check_may_manage(by)
    if network not in registry.CONNECTORS:
        raise BadInput(_("There is no network called “%(name)s”.") % {"name": network})
    if not _endpoints(network).client_id:
        raise BadInput(
            _(
                "%(label)s does not know this desk yet: register an app there and set"
                " %(name)s_CLIENT_ID and %(name)s_CLIENT_SECRET."
            )
            % {"label": registry.manifest(network).label, "name": network.upper()}
        )
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    url = _stranger(network).authorize_url(
        redirect_uri=redirect_uri,
        state=state,
        code_challenge=challenge.rstrip(b"=").decode(),
    )
    return SignIn(url=url, state=state, code_verifier=verifier)


def finish_sign_in(
    *,
    network: str,
    code: str,
    code_verifier: str,
    redirect_uri: str,
    by: User | None,
    expected: Channel | None = None,
) -> Channel:
    """Turn a finished sign-in into a channel, or into a reconnected one.

    expected: the channel to reconnect; signing in as somebody else is refused.
    Raises ConnectFailed in words if the network or the account does not fit.
    """
    _check_may_manage(by)
    try:
        tokens = _stranger(network).exchange_code(
            code=code, redirect_uri=redirect_uri, code_verifier=code_verifier
        )
        account = _as(network, tokens).verify_credentials()
    except ConnectorError as error:
        raise ConnectFailed(
            _("The sign-in did not work: %(words)s. Try again from “Connect a channel”.")
            % {"words": error.message}
        ) from error
    if expected and account.external_id != expected.external_id:
        raise ConnectFailed(
            _("You signed in as @%(other)s, but this channel is @%(handle)s. Nothing was changed.")
            % {"other": account.handle, "handle": expected.handle}
        )
    return _keep_channel(network, account, tokens, by)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a connection test found: the account, or the trouble in words; seconds it took."""

    account: InboundAuthor | None
    trouble: str
    seconds: float


def probe(*, channel: Channel, by: User) -> Probe:
    """Ask the network who we are, now. A working answer ends "needs login"."""
    _check_may_manage(by)
    started = timezone.now()
    try:
        account, trouble = connector_for(channel).verify_credentials(), ""
    except ConnectorError as error:
        note_trouble(channel=channel, error=error)
        account, trouble = None, error.message
    if account:
        health.mark_signed_in(channel=channel)
    seconds = (timezone.now() - started).total_seconds()
    record(actor=by, verb="inbox.channel.tested", target=channel, trouble=trouble)
    return Probe(account=account, trouble=trouble, seconds=seconds)


@transaction.atomic
def set_paused(*, channel: Channel, paused: bool, by: User) -> Channel:
    """Stop or go on reading and sending; what is queued waits."""
    _check_may_manage(by)
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    if row.is_paused != paused:
        row.is_paused = paused
        row.save(update_fields=["is_paused"])
        Stream.objects.filter(channel=row).update(next_poll_at=None)
        verb = "inbox.channel.paused" if paused else "inbox.channel.resumed"
        record(actor=by, verb=verb, target=row)
        announce(kind="channels", channel_id=row.pk)
    return row


@transaction.atomic
def configure(*, channel: Channel, name: str, poll_seconds: int | None, by: User) -> Channel:
    """Set the name people see and how often the streams are read (None: as advised)."""
    _check_may_manage(by)
    if poll_seconds is not None and not 5 <= poll_seconds <= 3600:
        raise BadInput(_("“Poll every” takes 5 to 3600 seconds, or nothing at all."))
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    before = {"name": row.name, "poll_seconds": row.poll_seconds}
    row.name, row.poll_seconds = name, poll_seconds
    row.save(update_fields=["name", "poll_seconds"])
    record(
        actor=by,
        verb="inbox.channel.configured",
        target=row,
        before=before,
        after={"name": name, "poll_seconds": poll_seconds},
    )
    announce(kind="channels", channel_id=row.pk)
    return row


def _check_may_manage(by: User | None) -> None:
    """None is the desk itself: the demo's set-up on the command line."""
    if by is not None and not by.has_perm("inbox.manage_channel"):
        raise NotAllowed(_("Only an admin can connect or change channels."))


def _endpoints(network: str) -> Endpoints:
    return Endpoints(**settings.NETWORKS[network])


def _stranger(network: str) -> Connector:
    """Return a connector that nobody has signed in with yet."""
    credentials = ChannelCredentials("", "", _endpoints(network))
    return registry.connector_class(network)(credentials, http())


def _as(network: str, tokens: TokenSet) -> Connector:
    credentials = ChannelCredentials("", "", _endpoints(network), tokens.secrets)
    return registry.connector_class(network)(credentials, http())


def _connector(channel: Channel) -> Connector:
    credentials = ChannelCredentials(
        external_id=channel.external_id,
        handle=channel.handle,
        endpoints=_endpoints(channel.network),
        secrets=channel.secrets,
    )
    return registry.connector_class(channel.network)(credentials, http())


def _keep_tokens(channel: Channel, tokens: TokenSet) -> None:
    channel.secrets = channel.secrets | dict(tokens.secrets)
    channel.secrets_expire_at = tokens.expires_at
    channel.refreshed_at = timezone.now()
    channel.save(update_fields=["secrets", "secrets_expire_at", "refreshed_at"])


@transaction.atomic
def _keep_channel(
    network: str, account: InboundAuthor, tokens: TokenSet, by: User | None
) -> Channel:
    channel, is_new = Channel.objects.update_or_create(
        network=network,
        external_id=account.external_id,
        is_practice=settings.PRACTICE_NETWORK,
        defaults={
            "handle": account.handle,
            "avatar_url": account.avatar_url,
            "secrets": dict(tokens.secrets),
            "secrets_expire_at": tokens.expires_at,
            "refreshed_at": None,
        },
        create_defaults={
            "handle": account.handle,
            "name": account.name or account.handle,
            "avatar_url": account.avatar_url,
            "secrets": dict(tokens.secrets),
            "secrets_expire_at": tokens.expires_at,
        },
    )
    for spec in channel.manifest.streams:
        Stream.objects.get_or_create(channel=channel, name=spec.name)
    channel.streams.update(next_poll_at=None, failures=0, last_error="")
    verb = "inbox.channel.connected" if is_new else "inbox.channel.reconnected"
    record(actor=by, verb=verb, target=channel, handle=account.handle)
    health.mark_signed_in(channel=channel)
    announce(kind="channels", channel_id=channel.pk)
    if is_new:
        # Who sees only a part of the desk has not heard of this channel yet.
        announce_access(User.objects.filter(is_active=True).exclude(role__in=User.SEES_ALL))
    return channel
