"""Asking people to join by a link that works once, for three days, and for one address."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from inbox.errors import InvitationEnded
from inbox.lib.errors import BadInput, InvalidTransition
from inbox.models import Invitation, Team, User
from inbox.operations.audit import record
from inbox.operations.users import check_may_manage

logger = logging.getLogger(__name__)

SIGNER = signing.Signer(salt="inbox.invitation")


@transaction.atomic
def invite(*, email: str, role: str, teams: Collection[Team], by: User) -> tuple[Invitation, str]:
    """Ask `email` to join as `role`. Returns the row and the token of the link, kept nowhere.

    Raises NotAllowed, BadInput for an address that is malformed, invited or here already.
    """
    check_may_manage(by)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadInput(_("Enter the e-mail address of the person to invite.")) from error
    if role not in User.Role.values:
        raise BadInput(_("There is no role “%(role)s”.") % {"role": role})
    if User.objects.filter(email__iexact=email).exists():
        raise BadInput(_("%(email)s already has an account here.") % {"email": email})
    if Invitation.objects.open().filter(email=email).exists():
        raise BadInput(
            _("%(email)s is invited already: send that invitation again.") % {"email": email}
        )
    token = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        email=email,
        role=role,
        invited_by=by,
        token_hash=_hash(token),
        expires_at=timezone.now() + Invitation.LASTS,
    )
    row.teams.set(teams)
    names = [team.name for team in teams]
    record(actor=by, verb="inbox.user.invited", target=row, email=email, role=role, teams=names)
    return row, SIGNER.sign(token)


@transaction.atomic
def renew(*, invitation: Invitation, by: User) -> tuple[Invitation, str]:
    """Make a new link that lasts anew; the old one is dead.

    Raises NotAllowed, InvalidTransition.
    """
    row = _lock_open(invitation, by)
    token = secrets.token_urlsafe(32)
    row.token_hash, row.expires_at = _hash(token), timezone.now() + Invitation.LASTS
    row.save(update_fields=["token_hash", "expires_at"])
    record(actor=by, verb="inbox.invitation.renewed", target=row, email=row.email)
    return row, SIGNER.sign(token)


@transaction.atomic
def revoke(*, invitation: Invitation, by: User) -> Invitation:
    """Withdraw an invitation; its link is dead. Raises NotAllowed, InvalidTransition."""
    row = _lock_open(invitation, by)
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    record(actor=by, verb="inbox.invitation.revoked", target=row, email=row.email)
    return row


def send(*, invitation: Invitation, link: str) -> bool:
    """Mail the link. Returns whether the mail server took it; if not, the admin passes it on."""
    name = str(invitation.invited_by or _("An admin"))
    until = date_format(timezone.localtime(invitation.expires_at), "j F Y, H:i")
    text = _(
        "Hello,\n\n"
        "%(name)s invites you to work at the CrisisDesk of your organisation, as %(role)s.\n"
        "Open this link to choose your name and password:\n\n"
        "%(link)s\n\n"
        "It works once and until %(until)s. If you did not expect this, do nothing."
    ) % {"name": name, "role": invitation.get_role_display(), "link": link, "until": until}
    try:
        sent = send_mail(
            _("%(name)s invites you to CrisisDesk") % {"name": name},
            text,
            settings.DEFAULT_FROM_EMAIL,
            [invitation.email],
        )
    except OSError as error:  # smtplib's errors are among them
        extra = {"invitation_id": invitation.pk, "error": type(error).__name__}
        logger.warning("an invitation could not be mailed", extra=extra)
        return False
    return bool(sent)


def find(token: str) -> Invitation:
    """Return the open invitation behind the token of a link. Raises InvitationEnded in words."""
    try:
        row = Invitation.objects.filter(token_hash=_hash(SIGNER.unsign(token))).first()
    except signing.BadSignature:
        row = None
    if row is None:
        raise InvitationEnded(_("This link is not complete, or a newer one has replaced it."))
    if row.accepted_at:
        raise InvitationEnded(_("This link was used already. Sign in with the account it made."))
    if row.revoked_at:
        raise InvitationEnded(_("This invitation was withdrawn."))
    if row.is_expired:
        raise InvitationEnded(_("This link is too old. Ask the person who sent it for a new one."))
    return row


@transaction.atomic
def accept(*, token: str, username: str, password: str, name: str) -> User:
    """Make the account that the link is for; the link is used up.

    Raises InvitationEnded, BadInput for a user name that is taken or a password that is weak.
    """
    row = Invitation.objects.select_for_update().get(pk=find(token).pk)
    if row.accepted_at or row.revoked_at:
        raise InvitationEnded(_("This link was used already. Sign in with the account it made."))
    first, _space, last = " ".join(name.split()).partition(" ")
    user = User(username=username, role=row.role, email=row.email, first_name=first, last_name=last)
    try:
        user.set_password(password)
        user.full_clean()
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
    user.save()
    user.teams.set(row.teams.all())
    row.accepted_at, row.accepted_by = timezone.now(), user
    row.save(update_fields=["accepted_at", "accepted_by"])
    record(actor=user, verb="inbox.user.joined", target=user, username=username, role=row.role)
    return user


def _lock_open(invitation: Invitation, by: User) -> Invitation:
    check_may_manage(by)
    row = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if row.accepted_at or row.revoked_at:
        raise InvalidTransition(_("This invitation was used or withdrawn meanwhile."))
    return row


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
