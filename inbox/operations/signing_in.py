"""Where people sign in on a network or for it, and sending an admin there."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inbox.connectors import registry
from inbox.connectors.types import SignInPlace
from inbox.lib.errors import BadInput
from inbox.models import Channel, Server, User
from inbox.operations.channels import check_may_manage, connector_before, endpoints_of


@dataclass(frozen=True, slots=True)
class SignIn:
    """An admin's sign-in under way: where to send the browser, and what must come back."""

    url: str
    state: str
    code_verifier: str


def begin_sign_in(
    *, network: str, by: User | None, redirect_uri: str, server: Server | None = None, at: str = ""
) -> SignIn:
    """Start connecting an account. Raises NotAllowed, BadInput if the network is not set up.

    at: one of the network's `sign_ins`, where it has any.
    """
    check_may_manage(by)
    if network not in registry.CONNECTORS:
        raise BadInput(_("There is no network called “%(name)s”.") % {"name": network})
    manifest = registry.manifest(network)
    if manifest.connect_form and at not in {place.slug for place in manifest.sign_ins}:
        raise BadInput(_("There is no sign-in page there: fill in the form."))
    if manifest.asks_server and not server:
        raise BadInput(_("Say first on which server the account is."))
    if missing := _missing(network, server, at):
        raise BadInput(missing)
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    url = connector_before(network, server, facts=facts_before(at)).authorize_url(
        redirect_uri=redirect_uri,
        state=state,
        code_challenge=challenge.rstrip(b"=").decode(),
    )
    return SignIn(url=url, state=state, code_verifier=verifier)


def sign_in_places(network: str) -> list[tuple[SignInPlace, str]]:
    """Return where people may sign in instead of filling in the form, and what is missing."""
    places = registry.manifest(network).sign_ins
    return [(place, _missing(network, None, place.slug)) for place in places]


def _missing(network: str, server: Server | None, at: str) -> str:
    """Return what an operator has to do before anybody can sign in, "" for nothing."""
    if endpoints_of(network, server, facts_before(at)).client_id:
        return ""
    return _(
        "%(label)s does not know this desk yet: register an app there and set"
        " %(name)s_CLIENT_ID and %(name)s_CLIENT_SECRET."
    ) % {"label": registry.manifest(network).place(at), "name": (at or network).upper()}


def facts_before(at: str, expected: Channel | None = None) -> dict[str, Any]:
    """Return what is known of an account before anybody has signed in at `at`."""
    if not at:
        return {}
    return {**(expected.facts if expected else {}), "sign_in": at}
