"""API tokens: one's own on the account pages, everybody's for admins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from inbox.lib.errors import DomainError
from inbox.models import ApiToken, User
from inbox.operations import tokens
from inbox.views.door import DeskRequest, door, toast

SHOWN = 200
LIVES = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("180", gettext_lazy("180 days")),
    ("365", gettext_lazy("1 year")),
]


class TokenForm(forms.Form):
    """A new token; `scopes` offers what the person's role leaves room for."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("Which program will use it."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Every token may read what you may read."),
    )
    days = forms.ChoiceField(label=gettext_lazy("It ends after"), choices=LIVES, initial="90")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [scope for scope in tokens.scopes_open_to(user) if scope != tokens.Scope.READ]
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in offered]  # type: ignore[attr-defined]
        if not offered:
            del self.fields["scopes"]


@never_cache
@door("inbox.view_conversation", "GET", "POST")
def own(request: DeskRequest) -> HttpResponse:
    """One's own tokens; a new one is posted here, and its secret is in this answer alone."""
    form = TokenForm(request.POST or None, user=request.user)
    secret, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            secret, status = _made(request, form)
    context = {
        "form": TokenForm(user=request.user) if secret else form,
        "secret": secret,
        "tokens": request.user.api_tokens.select_related("user", "revoked_by")[:SHOWN],
    }
    return render(request, "inbox/tokens/own.html", context, status=status)


@door("inbox.manage_token")
def everybodys(request: DeskRequest) -> HttpResponse:
    """Every token of every person, the newest first."""
    rows = ApiToken.objects.select_related("user", "revoked_by")[:SHOWN]
    return render(request, "inbox/tokens/all.html", {"tokens": rows, "is_all": True})


@door("inbox.view_conversation", "POST")
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """End one's own token, or anybody's for an admin; other people's are not there for others."""
    rows = ApiToken.objects.all()
    if not request.user.has_perm("inbox.manage_token"):
        rows = rows.filter(user=request.user)
    token = tokens.revoke_token(token=get_object_or_404(rows, pk=pk), by=request.user)
    back = "inbox:all_tokens" if request.POST.get("from") == "all" else "inbox:tokens"
    words = _("“%(name)s” is revoked: its program gets no further answer.") % {"name": token.name}
    return toast(request, redirect(back), words)


def _made(request: DeskRequest, form: TokenForm) -> tuple[str, int]:
    values = form.cleaned_data
    try:
        _token, secret = tokens.create_token(
            name=values["name"],
            scopes=values.get("scopes", []),
            days=int(values["days"]),
            by=request.user,
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return "", error.status
    return secret, 200
