"""Settings: who works here, in which role, and who is invited."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.forms import cleaned
from inbox.models import Invitation, Team, User
from inbox.operations import invitations, sessions, teams, users
from inbox.templatetags.desk import mail_is_sent
from inbox.views.door import DeskRequest, door, toast

MANAGE = "inbox.add_user"


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        error_messages={"required": gettext_lazy("Enter the address of the person to invite.")},
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=User.Role)
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(),
        label=gettext_lazy("Teams"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class RoleForm(forms.Form):
    """The role of one person."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=User.Role)


class TeamsForm(forms.Form):
    """The teams of one person."""

    teams = forms.ModelMultipleChoiceField(Team.objects.all(), required=False)


@door(MANAGE)
def index(request: DeskRequest) -> HttpResponse:
    """Everybody with an account, and everybody who is invited."""
    people = User.by_name().prefetch_related("teams", "authenticator_set")
    context = {
        "people": sorted(people, key=lambda person: not person.is_active),
        "invitations": Invitation.objects.open().select_related("invited_by"),
    }
    return render(request, "inbox/settings/people.html", context)


@door(MANAGE, "GET", "POST")
def invite(request: DeskRequest) -> HttpResponse:
    """Ask somebody to join."""
    form = InviteForm(request.POST or None, initial={"role": User.Role.AGENT})
    if request.method == "GET" or not form.is_valid():
        return render(request, "inbox/settings/invite.html", {"form": form})
    invitation, token = invitations.invite(by=request.user, **form.cleaned_data)
    return _hand_over(request, invitation, token)


@door(MANAGE, "POST")
def renew(request: DeskRequest, pk: int) -> HttpResponse:
    """Send an invitation again, with a new link."""
    row = get_object_or_404(Invitation.objects.select_related("invited_by"), pk=pk)
    invitation, token = invitations.renew(invitation=row, by=request.user)
    return _hand_over(request, invitation, token)


@door(MANAGE, "POST")
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """Withdraw an invitation."""
    row = get_object_or_404(Invitation, pk=pk)
    invitations.revoke(invitation=row, by=request.user)
    words = _("The invitation to %(email)s is withdrawn.") % {"email": row.email}
    return toast(request, redirect("inbox:people"), words)


@door(MANAGE)
def person(request: DeskRequest, pk: int) -> HttpResponse:
    """One person: role, teams, where they are signed in."""
    user = get_object_or_404(User.objects.prefetch_related("authenticator_set"), pk=pk)
    context = {
        "person": user,
        "form": RoleForm(initial={"role": user.role}),
        "teams": Team.objects.all(),
        "team_ids": set(user.teams.values_list("pk", flat=True)),
        "sessions": sessions.sessions_of(user),
    }
    return render(request, "inbox/settings/person.html", context)


@door(MANAGE, "POST")
def role(request: DeskRequest, pk: int) -> HttpResponse:
    """Give a person another role."""
    user = get_object_or_404(User, pk=pk)
    chosen = cleaned(RoleForm(request.POST))["role"]
    user = users.set_role(user=user, role=chosen, by=request.user)
    words = _("%(name)s is %(role)s now.") % {"name": user, "role": user.get_role_display()}
    return toast(request, redirect("inbox:person", pk), words)


@door("inbox.manage_team", "POST")
def person_teams(request: DeskRequest, pk: int) -> HttpResponse:
    """Set the teams of a person."""
    user = get_object_or_404(User, pk=pk)
    chosen = set(cleaned(TeamsForm(request.POST))["teams"])
    teams.set_teams(user=user, teams=chosen, by=request.user)
    words = _("Saved. It holds from now on, on every open page.")
    return toast(request, redirect("inbox:person", pk), words)


@door(MANAGE, "POST")
def active(request: DeskRequest, pk: int) -> HttpResponse:
    """Close an account or open it again, by the `active` field of the form."""
    user = get_object_or_404(User, pk=pk)
    if request.POST.get("active") == "1":
        users.reactivate(user=user, by=request.user)
        words = _("The account of %(name)s is open again.")
    else:
        users.deactivate(user=user, by=request.user)
        words = _("The account of %(name)s is closed, and every browser signed out.")
    return toast(request, redirect("inbox:person", pk), words % {"name": user})


@door(MANAGE, "GET", "POST")
def factor(request: DeskRequest, pk: int) -> HttpResponse:
    """Ask whether to remove a person's lost second factor, then do it and mail them."""
    user = get_object_or_404(User, pk=pk)
    if request.method == "GET":
        return render(request, "inbox/settings/factor.html", {"person": user})
    user = users.remove_second_factor(user=user, by=request.user)
    if mail_is_sent() and users.mail_factor_removed(user=user, by=request.user):
        words = _("The second factor of %(name)s is removed, and a mail tells them.")
    else:
        words = _("The second factor of %(name)s is removed. No mail was sent: tell them.")
    return toast(request, redirect("inbox:person", pk), words % {"name": user})


def _hand_over(request: DeskRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Mail the link; where no mail goes out show it, this once: nothing here keeps it."""
    link = request.build_absolute_uri(reverse("inbox:join", args=[token]))
    can_mail = mail_is_sent()
    if can_mail and invitations.send(invitation=invitation, link=link):
        words = _("The invitation is on its way to %(email)s.") % {"email": invitation.email}
        return toast(request, redirect("inbox:people"), words)
    context = {"invitation": invitation, "link": link, "can_mail": can_mail}
    response = render(request, "inbox/settings/invited.html", context)
    response["Cache-Control"] = "no-store"
    return response
