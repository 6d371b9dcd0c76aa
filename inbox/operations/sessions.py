"""Where people are signed in, and ending that."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inbox.lib.errors import NotAllowed
from inbox.models import User
from inbox.operations.access import announce_access
from inbox.operations.audit import record

LONGEST_AGENT = UserSession._meta.get_field("user_agent").max_length


def note_use(request: HttpRequest) -> None:
    """Note when and from where the session of `request` was used last."""
    row = UserSession(
        session_key=request.session.session_key,
        user=request.user,
        ip=get_adapter().get_client_ip(request),
        user_agent=request.headers.get("User-Agent", "")[:LONGEST_AGENT],
        last_seen_at=timezone.now(),
    )
    facts = ["user", "ip", "user_agent", "last_seen_at"]
    # One statement, so two first requests at once do not meet.
    UserSession.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["session_key"], update_fields=facts
    )
    language = get_language() or ""
    # For what is written to them elsewhere.
    if isinstance(request.user, User) and language != (
        request.user.language or settings.LANGUAGE_CODE
    ):
        User.objects.filter(pk=request.user.pk).update(language=language)


def sessions_of(user: User) -> list[UserSession]:
    """Return where `user` is signed in, last used first; what has ended is left out."""
    rows = UserSession.objects.purge_and_list(user)
    return sorted(rows, key=lambda row: row.last_seen_at, reverse=True)


@transaction.atomic
def end_session(*, session: UserSession, by: User) -> None:
    """Sign out one browser, at once. Raises NotAllowed for somebody else's without the right."""
    owner = User.objects.get(pk=session.user_id)
    _check_may_end(owner, by)
    session.end()
    record(actor=by, verb="inbox.session.ended", target=owner, name=str(owner))
    announce_access([owner])


@transaction.atomic
def end_sessions(*, user: User, by: User, keep: str | None = None) -> int:
    """Sign `user` out everywhere, but for the session with the key `keep`. Returns how many.

    Raises NotAllowed for somebody else without the right.
    """
    _check_may_end(user, by)
    rows = list(UserSession.objects.filter(user=user.pk).exclude(session_key=keep or ""))
    for row in rows:
        row.end()
    if rows:
        record(actor=by, verb="inbox.sessions.ended", target=user, name=str(user), count=len(rows))
    announce_access([user])
    return len(rows)


@transaction.atomic
def note_sign_out(*, user: User) -> None:
    """Let the open streams of a session that has just ended know."""
    announce_access([user])


@transaction.atomic
def note_new_password(*, user: User) -> None:
    """A new password has ended every session that was opened with the old one."""
    record(actor=user, verb="inbox.user.password_changed", target=user, name=str(user))
    announce_access([user])


def _check_may_end(owner: User, by: User) -> None:
    if owner.pk != by.pk and not by.has_perm("inbox.add_user"):
        raise NotAllowed(_("Only an admin can sign others out."))
