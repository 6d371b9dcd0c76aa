"""Settings: the teams, their people and their channels."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.forms import cleaned
from inbox.models import Channel, Team, User
from inbox.operations import teams
from inbox.views.channels import find as find_channel
from inbox.views.door import DeskRequest, door, toast

MANAGE = "inbox.manage_team"


class TeamForm(forms.Form):
    """What the team is called."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        error_messages={"required": gettext_lazy("Give the team a name.")},
    )


class PeopleForm(forms.Form):
    """Who is in the team."""

    members = forms.ModelMultipleChoiceField(User.objects.all(), required=False)


class ChannelsForm(forms.Form):
    """Which channels the team owns."""

    channels = forms.ModelMultipleChoiceField(Channel.objects.all(), required=False)


class OwnerForm(forms.Form):
    """Which team owns a channel; empty for everybody."""

    team = forms.ModelChoiceField(Team.objects.all(), required=False)


@door(MANAGE, "GET", "POST")
def index(request: DeskRequest) -> HttpResponse:
    """All teams; a new one is posted here."""
    form = TeamForm(request.POST or None)
    if request.method == "POST":
        team = teams.create_team(name=cleaned(form)["name"], by=request.user)
        words = _("The team %(team)s is formed. Now choose its people and channels.")
        return toast(request, redirect("inbox:team", team.pk), words % {"team": team})
    rows = Team.objects.annotate(people=Count("members", distinct=True))
    context = {
        "teams": rows.prefetch_related("channels"),
        "form": form,
        "of_everybody": Channel.objects.filter(team=None),
    }
    return render(request, "inbox/settings/teams.html", context)


@door(MANAGE, "GET", "POST")
def detail(request: DeskRequest, pk: int) -> HttpResponse:
    """One team; its name is posted here."""
    team = _find(pk)
    if request.method == "POST":
        name = cleaned(TeamForm(request.POST))["name"]
        teams.rename_team(team=team, name=name, by=request.user)
        return toast(request, redirect("inbox:team", pk), _("Saved."))
    people = User.by_name().filter(is_active=True)
    context: dict[str, Any] = {
        "team": team,
        "form": TeamForm(initial={"name": team.name}),
        "people": people,
        "member_ids": set(team.members.values_list("pk", flat=True)),
        "channels": Channel.objects.select_related("team").defer("secrets"),
    }
    return render(request, "inbox/settings/team.html", context)


@door(MANAGE, "POST")
def members(request: DeskRequest, pk: int) -> HttpResponse:
    """Set who is in the team. People whose account is closed keep their place."""
    team = _find(pk)
    chosen = set(cleaned(PeopleForm(request.POST))["members"])
    closed = set(team.members.filter(is_active=False))
    teams.set_members(team=team, members=chosen | closed, by=request.user)
    words = _("Saved. It holds from now on, on every open page.")
    return toast(request, redirect("inbox:team", pk), words)


@door(MANAGE, "POST")
def channels(request: DeskRequest, pk: int) -> HttpResponse:
    """Set which channels the team owns."""
    chosen = cleaned(ChannelsForm(request.POST))["channels"]
    teams.set_channels(team=_find(pk), channels=chosen, by=request.user)
    words = _("Saved. It holds from now on, on every open page.")
    return toast(request, redirect("inbox:team", pk), words)


@door(MANAGE, "POST")
def delete(request: DeskRequest, pk: int) -> HttpResponse:
    """Dissolve the team."""
    team = _find(pk)
    teams.delete_team(team=team, by=request.user)
    words = _("The team %(team)s is dissolved.") % {"team": team}
    return toast(request, redirect("inbox:teams"), words)


@door(MANAGE, "POST")
def owner(request: DeskRequest, pk: int) -> HttpResponse:
    """Give a channel to a team or to everybody."""
    channel = find_channel(request, pk)
    team = cleaned(OwnerForm(request.POST))["team"]
    teams.set_channel_team(channel=channel, team=team, by=request.user)
    words = _("%(channel)s is for %(team)s now.")
    facts = {"channel": channel.name, "team": team or _("everybody")}
    return toast(request, redirect(channel), words % facts)


def _find(pk: int) -> Team:
    return get_object_or_404(Team, pk=pk)
