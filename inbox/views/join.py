"""The page behind the link of an invitation: the one way to an account of one's own."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.models import Login
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inbox.errors import InvitationEnded
from inbox.lib.errors import DomainError
from inbox.models import User
from inbox.operations import invitations


class JoinForm(forms.Form):
    """Who one is, and how one will sign in."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        help_text=_("As your colleagues will see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        help_text=_("Letters, digits and @ . + - _ only. You sign in with it."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        help_text=password_validators_help_text_html(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, str]:
        values = super().clean() or {}
        if "password" in values and values["password"] != values.get("again"):
            self.add_error("again", _("The two passwords are not the same."))
        return values


@never_cache
@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Choose name and password; then to the second factor if the role demands one, or in."""
    form = JoinForm(request.POST or None)
    try:
        invitation = invitations.find(token)
        if request.method == "POST" and form.is_valid():
            values = {name: form.cleaned_data[name] for name in ("name", "username", "password")}
            return _let_in(request, invitations.accept(token=token, **values))
    except InvitationEnded as error:
        return render(request, "inbox/join_ended.html", {"error": error}, status=error.status)
    except DomainError as error:
        form.add_error(None, str(error))
    status = 422 if form.is_bound else 200
    context = {"form": form, "invitation": invitation}
    return render(request, "inbox/join.html", context, status=status)


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    """Sign in the way the sign-in page does; nobody asks for the password again right away."""
    target = reverse("mfa_activate_totp" if user.lacks_second_factor else "inbox:queue")
    login = Login(user=user, redirect_url=target)
    response = perform_password_login(request, {"username": user.username}, login)
    reauthenticate_by_password(request)
    return response
