"""Servers of networks that have many: reading their address, and making our app known there."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from inbox.connectors import registry
from inbox.connectors.errors import ConnectorError
from inbox.connectors.types import ChannelCredentials
from inbox.errors import ConnectFailed
from inbox.lib.errors import BadInput
from inbox.models import Server, User
from inbox.operations import channels
from inbox.operations.audit import record
from inbox.said import said


def open_server(
    *,
    network: str,
    address: str,
    redirect_uri: str,
    by: User | None,
    renew: bool = False,
    broadly: bool = False,
) -> Server:
    """Return the server at `address`, our app registered there if it is not, or to `renew` it.

    broadly: with the broadest names of what the app may do; once so, it stays so.

    Raises NotAllowed, BadInput for what is no address, ConnectFailed if the server does not
    answer as one of this network.
    """
    channels.check_may_manage(by)
    if network not in registry.CONNECTORS or not registry.manifest(network).asks_server:
        raise BadInput(_("There is no network called “%(name)s”.") % {"name": network})
    url = read_address(address)
    known = Server.objects.filter(network=network, url=url).first()
    if known and known.redirect_uri == redirect_uri and not renew:
        return known
    broadly = broadly or bool(known and known.keys.is_broad)
    connector_class = registry.connector_class(network)
    stranger = connector_class(
        ChannelCredentials("", "", connector_class.endpoints_at(url)), channels.http()
    )
    try:
        keys = stranger.register_app(redirect_uri=redirect_uri, broadly=broadly)
    except ConnectorError as error:
        raise ConnectFailed(
            _("%(server)s did not answer as a %(label)s server: %(words)s")
            % {
                "server": url.partition("://")[2],
                "label": stranger.manifest.label,
                "words": said(error.message),
            }
        ) from error
    with transaction.atomic():
        server, _is_new = Server.objects.update_or_create(
            network=network,
            url=url,
            defaults={
                "redirect_uri": redirect_uri,
                "secrets": asdict(keys),
            },
        )
        record(actor=by, verb="inbox.server.registered", target=server, url=url)
    return server


def ask_broadly(*, server: Server, redirect_uri: str, by: User | None) -> bool:
    """Register our app anew where the sign-in page did not know what it asked for.

    Returns False if that was done before, so that asking again is in vain.
    """
    if server.keys.is_broad:
        return False
    open_server(
        network=server.network,
        address=server.url,
        redirect_uri=redirect_uri,
        by=by,
        renew=True,
        broadly=True,
    )
    return True


def read_address(text: str) -> str:
    """Return the web address of the server that `text` means: a name, an address, or a handle.

    Plain http is for practice and for hosts in PRIVATE_HOSTS. Raises BadInput with what to write
    instead.
    """
    words = text.strip()
    if "://" not in words:
        words = words.rpartition("@")[2]  # @us@social.example
        words = f"{'http' if _is_this_machine(words) else 'https'}://{words}"
    try:
        parts = urlsplit(words)
        port = parts.port
    except ValueError as error:
        raise BadInput(_say_it_so(text)) from error
    if parts.scheme not in ("https", "http") or not _is_host(parts):
        raise BadInput(_say_it_so(text))
    if parts.scheme == "http" and not (settings.PRACTICE_NETWORK or _is_listed(parts)):
        raise BadInput(
            _(
                "Passwords and messages would travel unencrypted: use an https address. If the"
                " server is in your own network, ask whoever runs the desk to add it to"
                " PRIVATE_HOSTS."
            )
        )
    host = _ascii(parts.hostname or "", text)
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _is_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    has_dot = "." in host.strip(".") or ":" in host or host == "localhost"
    is_known = has_dot or _is_listed(parts)
    return is_known and not parts.username and not parts.password and len(host) <= 253


def _is_listed(parts: SplitResult) -> bool:
    port = parts.port or (80 if parts.scheme == "http" else 443)
    return (parts.hostname or "", port) in settings.PRIVATE_HOSTS


def _ascii(host: str, text: str) -> str:
    """Return `host` as names are looked up, so that one server is never two rows."""
    if ":" in host:
        return f"[{host}]"
    try:
        return host.rstrip(".").encode("idna").decode().lower()
    except UnicodeError as error:
        raise BadInput(_say_it_so(text)) from error


def _is_this_machine(words: str) -> bool:
    if not settings.PRACTICE_NETWORK:
        return False
    host = urlsplit(f"//{words}").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _say_it_so(text: str) -> str:
    return _("“%(text)s” is not the address of a server. Write it as in “mastodon.social”.") % {
        "text": text.strip()[:80]
    }
