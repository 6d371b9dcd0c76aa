"""How sign-in differs from allauth's default, and what holds for everybody who has signed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from inbox.lib import crypto
from inbox.models import RoleRule, User
from inbox.operations import sessions

Respond = Callable[[HttpRequest], HttpResponse]


class SignIn(AuthenticationBackend):
    """Signs people in as allauth does; each request then reads person and rights in one query."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.with_rights(user_id)
        return user if user and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by invitation, never by a visitor's own wish; what ends a session is heard."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            sessions.note_sign_out(user=user)

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        sessions.note_new_password(user=user)


class MFAAdapter(DefaultMFAAdapter):
    """TOTP seeds and recovery-code seeds are kept encrypted; allauth's default keeps them in clear.

    https://docs.allauth.org/en/latest/mfa/adapter.html
    """

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays where the role demands one."""
        factors = Authenticator.objects.filter(user=authenticator.user_id).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        is_last = not factors.exclude(pk=authenticator.pk).exists()
        return not (is_last and RoleRule.all_roles()[authenticator.user.role])


class SecondStepMiddleware:
    """Whose role demands a second factor gets to nothing but its set-up until there is one."""

    OPEN = ("account_logout", "account_reauthenticate", "set_language")

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match, user = request.resolver_match, request.user
        name = match.view_name if match else ""
        if not isinstance(user, User) or name.startswith("mfa_") or name in self.OPEN:
            return None
        if name.startswith("api:"):
            return None  # refused there, in words that programs read
        if not user.lacks_second_factor:
            return None
        words = _("Your role needs a second factor. Set one up to go on.")
        if words not in {str(message) for message in messages.get_messages(request)}:
            messages.warning(request, words)
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(reverse("mfa_index"))
        return redirect("mfa_index")


class LastSeenMiddleware:
    """Notes when and from where each session was last used, about once a minute."""

    EVERY = 60.0  # seconds
    MOST = 10_000  # sessions remembered in this process before it begins anew

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response
        self._noted: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key, now = request.session.session_key, time.monotonic()
        if key and request.user.is_authenticated and now >= self._noted.get(key, 0.0):
            if len(self._noted) >= self.MOST:
                self._noted.clear()
            self._noted[key] = now + self.EVERY
            sessions.note_use(request)
        return self.get_response(request)
