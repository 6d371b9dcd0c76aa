"""Settings: where they begin, and what signing in takes."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from inbox.models import RoleRule, User
from inbox.operations.security import set_second_factor
from inbox.views.door import DeskRequest, door, toast

PLACES = (
    ("inbox.manage_channel", "inbox:channels"),
    ("inbox.manage_team", "inbox:teams"),
    ("inbox.add_user", "inbox:people"),
)


@door("inbox.view_channel")
def index(request: DeskRequest) -> HttpResponse:
    """The first part of the settings that one may change; the channels are for everybody."""
    places = (view for permission, view in PLACES if request.user.has_perm(permission))
    return redirect(next(places, "inbox:channels"))


@door("inbox.add_user", "GET", "POST")
def security(request: DeskRequest) -> HttpResponse:
    """Which roles need a second factor, and who has none."""
    if request.method == "POST":
        wanted = set(request.POST.getlist("roles"))
        for role in User.Role.values:
            set_second_factor(role=role, needed=role in wanted, by=request.user)
        return toast(request, redirect("inbox:security"), _("Saved. It holds from now on."))
    return render(request, "inbox/settings/security.html", {"roles": _roles()})


def _roles() -> list[dict[str, Any]]:
    """Each role with its rule and the people in it who have no second factor."""
    people = User.by_name().filter(is_active=True)
    without = people.exclude(authenticator__type__in=["totp", "webauthn"])
    rules = RoleRule.all_roles()
    return [
        {
            "value": role.value,
            "label": role.label,
            "needed": rules[role],
            "without": [person for person in without if person.role == role],
            "count": sum(person.role == role for person in people),
        }
        for role in User.Role
    ]
