"""The keys of programs: made and ended by people, recognised at the door of the API."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, NotAllowed
from inbox.lib.scopes import Scope, scope_of
from inbox.models import ApiToken, User
from inbox.operations.audit import record

MARK = "cd_"  # by which scanners for leaked secrets know it
LONGEST_DAYS = 365
NOTE_USE_EVERY = timedelta(minutes=1)


def scopes_open_to(user: User) -> list[Scope]:
    """Return the scopes that the role of `user` leaves room for."""
    found = {scope_of(name) for name in user.get_all_permissions()}
    return [scope for scope in Scope if scope in found]


@transaction.atomic
def create_token(
    *, name: str, scopes: Collection[str], days: int, by: User
) -> tuple[ApiToken, str]:
    """Make a token that speaks for `by`; returns the row and the secret, which is not kept.

    Every token reads. Raises NotAllowed for a program that asks, BadInput for a name, a scope
    or a life that does not fit.
    """
    if by.token_id:
        raise NotAllowed(_("A token cannot make tokens. Sign in and make it on your account page."))
    name = " ".join(name.split())
    if not name:
        raise BadInput(_("Give the token a name that says which program uses it."))
    if len(name) > 80:
        raise BadInput(_("A token's name has at most 80 characters."))
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(_("A token lives 1 to 365 days."))
    wanted = {Scope.READ, *scopes}
    if beyond := wanted - set(scopes_open_to(by)):
        raise BadInput(
            _("Your role has no scope %(names)s.") % {"names": ", ".join(sorted(beyond))}
        )
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=by,
        name=name,
        prefix=prefix,
        digest=_digest(secret),
        scopes=[scope.value for scope in Scope if scope in wanted],
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(
        actor=by,
        verb="inbox.token.created",
        target=token,
        name=name,
        scopes=", ".join(token.scopes),
    )
    return token, f"{MARK}{prefix}_{secret}"


def holder_of(*, shown: str) -> ApiToken | None:
    """Return the live token whose full text is `shown`; None for any other."""
    prefix, _underscore, secret = shown.removeprefix(MARK).partition("_")
    if not shown.startswith(MARK) or not secret or len(shown) > 100:
        return None
    row = ApiToken.objects.live(timezone.now()).select_related("user").filter(prefix=prefix).first()
    # Compared in constant time even though a digest gives nothing away byte by byte.
    is_it = secrets.compare_digest(row.digest if row else "-" * 64, _digest(secret))
    return row if is_it else None


def note_use(*, token: ApiToken, ip: str | None) -> None:
    """Note when and whence `token` was used, about once a minute."""
    now = timezone.now()
    long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTE_USE_EVERY)
    if token.last_used_at and token.last_used_at >= now - NOTE_USE_EVERY:
        return
    ApiToken.objects.filter(long_ago, pk=token.pk).update(last_used_at=now, last_used_ip=ip)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User) -> ApiToken:
    """End `token` at once: one's own, or anybody's for an admin. Raises NotAllowed."""
    if by.token_id or (token.user_id != by.pk and not by.has_perm("inbox.manage_token")):
        raise NotAllowed(_("Only its owner or an admin can revoke a token."))
    row = ApiToken.objects.select_for_update().get(pk=token.pk)
    if not row.revoked_at:
        row.revoked_at, row.revoked_by = timezone.now(), by
        row.save(update_fields=["revoked_at", "revoked_by"])
        record(actor=by, verb="inbox.token.revoked", target=row, name=row.name, of=str(row.user))
    return row


@transaction.atomic
def revoke_all(*, user: User, by: User) -> int:
    """End every token of `user`. Returns how many there were. Raises NotAllowed."""
    rows = list(ApiToken.objects.filter(user=user, revoked_at=None))
    for row in rows:
        revoke_token(token=row, by=by)
    return len(rows)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
