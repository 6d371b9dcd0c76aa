"""Keeping sign-ins alive, testing, pausing and setting up channels; and the door to connectors."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

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
from inbox.errors import ChannelUnavailable
from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import Channel, Server, Stream, User
from inbox.operations import exchanges, health
from inbox.operations.audit import announce, record

logger = logging.getLogger(__name__)

REFRESH_AHEAD = timedelta(minutes=10)
REFRESH_LEASE = timedelta(seconds=30)
# A second "signed out" so soon after a refresh means that fresh tokens do not help.
REFRESH_HELPS_FOR = timedelta(minutes=2)


@cache
def http() -> Http:
    """Return this process's door to the networks."""
    return Http(
        timeout=settings.NETWORK_TIMEOUT,
        allow_private=settings.PRACTICE_NETWORK,
        private_hosts=settings.PRIVATE_HOSTS,
    )


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


@dataclass(frozen=True, slots=True)
class Probe:
    """What a connection test found: the account, or the trouble in words; seconds it took."""

    account: InboundAuthor | None
    trouble: str
    seconds: float


def probe(*, channel: Channel, by: User) -> Probe:
    """Ask the network who we are, now. A working answer ends "needs login"."""
    check_may_manage(by)
    started = timezone.now()
    try:
        connector = connector_for(channel)
        keep_facts(channel, connector.read_facts())
        account, trouble = connector.verify_credentials(), ""
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
    check_may_manage(by)
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
def configure(
    *,
    channel: Channel,
    name: str,
    poll_seconds: int | None,
    lookup_cap: int | None = None,
    by: User,
) -> Channel:
    """Set the name people see, how often the streams are read, and how many items are looked up
    a day where that costs money (None: as advised)."""
    check_may_manage(by)
    if poll_seconds is not None and not 5 <= poll_seconds <= 3600:
        raise BadInput(_("“Read every” takes 5 to 3600 seconds, or nothing at all."))
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    after = {"name": name, "poll_seconds": poll_seconds, "lookup_cap": lookup_cap}
    before = {key: getattr(row, key) for key in after}
    for key, value in after.items():
        setattr(row, key, value)
    row.save(update_fields=list(after))
    record(
        actor=by,
        verb="inbox.channel.configured",
        target=row,
        before=before,
        after=after,
    )
    announce(kind="channels", channel_id=row.pk)
    return row


@transaction.atomic
def change_form(*, channel: Channel, values: Mapping[str, str], by: User) -> Channel:
    """Change what was filled in to connect `channel`, as far as no new sign-in is needed for it.

    Raises NotAllowed, BadInput for anything else of the form.
    """
    check_may_manage(by)
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    declared = row.manifest.connect_form
    allowed = {field.name for field in declared.settings.fields} if declared else set()
    if not values.keys() <= allowed:
        raise BadInput(_("This is changed by connecting the channel again."))
    known = row.facts.get("form", {})
    before = {name: known.get(name, "") for name in values}
    if before != dict(values):
        row.facts = {**row.facts, "form": {**known, **values}}
        row.save(update_fields=["facts"])
        verb = "inbox.channel.configured"
        record(actor=by, verb=verb, target=row, before=before, after=dict(values))
    return row


def keep_facts(channel: Channel, facts: Mapping[str, Any]) -> None:
    """Store what the server and the account allow now; streams it gained are read from now on."""
    channel.facts = dict(facts)
    channel.save(update_fields=["facts"])
    names = [spec.name for spec in channel.manifest.streams_with(channel.facts)]
    for name in names:
        Stream.objects.get_or_create(channel=channel, name=name)
    for part in channel.manifest.parts:  # what was stored of those that are no longer read stays
        gone = channel.streams.filter(name__startswith=f"{part.name}:").exclude(name__in=names)
        gone.delete()


def check_may_manage(by: User | None) -> None:
    """None is the desk itself: the demo's set-up on the command line."""
    if by is not None and not by.has_perm("inbox.manage_channel"):
        raise NotAllowed(_("Only an admin can connect or change channels."))


def endpoints_of(
    network: str, server: Server | None = None, facts: Mapping[str, Any] | None = None
) -> Endpoints:
    """Return where `network` is: on `server`, or at the one place that the settings name.

    Where people may sign in at several places, `facts` say at which.
    """
    if server:
        return registry.connector_class(network).endpoints_at(server.url, server.keys)
    if facts and facts.get("sign_in"):
        return Endpoints(**settings.SIGN_INS[facts["sign_in"]])
    if registry.manifest(network).connect_form:
        return Endpoints("", "", "", "")  # where it is, is in the channel's facts
    return Endpoints(**settings.NETWORKS[network])


def connector_before(
    network: str,
    server: Server | None,
    *,
    who: Channel | InboundAuthor | None = None,
    tokens: TokenSet | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Connector:
    """Return a connector that knows as much as there is to know before a channel is kept."""
    credentials = ChannelCredentials(
        external_id=who.external_id if who else "",
        handle=who.handle if who else "",
        endpoints=endpoints_of(network, server, facts),
        secrets=tokens.secrets if tokens else {},
        facts=facts or {},
    )
    return registry.connector_class(network)(credentials, http())


def connector_with(channel: Channel, *, secrets: Mapping[str, str]) -> Connector:
    """Return a connector for `channel` that signs in with `secrets`; {} for work offline."""
    credentials = ChannelCredentials(
        external_id=channel.external_id,
        handle=channel.handle,
        endpoints=endpoints_of(channel.network, channel.server, channel.facts),
        secrets=secrets,
        facts=channel.facts,
    )
    door = http().watched(exchanges.keeper(channel.pk))
    return registry.connector_class(channel.network)(credentials, door)


def _connector(channel: Channel) -> Connector:
    return connector_with(channel, secrets=channel.secrets)


def _keep_tokens(channel: Channel, tokens: TokenSet) -> None:
    channel.secrets = channel.secrets | dict(tokens.secrets)
    channel.secrets_expire_at = tokens.expires_at
    channel.refreshed_at = timezone.now()
    channel.save(update_fields=["secrets", "secrets_expire_at", "refreshed_at"])
