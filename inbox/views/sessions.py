"""Where one is signed in, and ending that: one's own for everybody, anybody's for admins."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from inbox.models import User
from inbox.operations import sessions
from inbox.views.door import DeskRequest, door, toast

EVERYBODY = "inbox.view_conversation"


@door(EVERYBODY)
def own(request: DeskRequest) -> HttpResponse:
    """One's own open sessions."""
    context = {"sessions": sessions.sessions_of(request.user)}
    return render(request, "inbox/sessions.html", context)


@door(EVERYBODY, "POST")
def end(request: DeskRequest, pk: int) -> HttpResponse:
    """Sign one browser out; somebody else's is there only for admins."""
    rows = UserSession.objects.all()
    if not request.user.has_perm("inbox.add_user"):
        rows = rows.filter(user=request.user)
    session = get_object_or_404(rows, pk=pk)
    sessions.end_session(session=session, by=request.user)
    words = _("That browser is signed out.")
    return toast(request, _back(session.user_id, request), words)


@door(EVERYBODY, "POST")
def end_others(request: DeskRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    key = request.session.session_key
    sessions.end_sessions(user=request.user, by=request.user, keep=key)
    words = _("You are signed out everywhere but here.")
    return toast(request, redirect("inbox:sessions"), words)


@door("inbox.add_user", "POST")
def end_all(request: DeskRequest, pk: int) -> HttpResponse:
    """Sign somebody out everywhere; of one's own sessions, the one in use stays."""
    user = get_object_or_404(User, pk=pk)
    keep = request.session.session_key if user == request.user else None
    sessions.end_sessions(user=user, by=request.user, keep=keep)
    words = _("%(name)s is signed out everywhere.") % {"name": user}
    return toast(request, redirect("inbox:person", user.pk), words)


def _back(user_id: int, request: DeskRequest) -> HttpResponse:
    is_own = user_id == request.user.pk
    return redirect("inbox:sessions") if is_own else redirect("inbox:person", user_id)
