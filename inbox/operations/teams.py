"""Who works on which channels: forming teams, and giving them people and channels.

Whatever changes what somebody sees takes effect at once: their open streams end and come back
with the rights of now, and work they can no longer see goes back to nobody.
"""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import Channel, Team, User
from inbox.operations.access import announce_access, give_back
from inbox.operations.audit import announce, record


@transaction.atomic
def create_team(*, name: str, by: User) -> Team:
    """Form a team without people or channels yet. Raises NotAllowed, BadInput."""
    _check_may_manage(by)
    team = Team()
    _name(team, name)
    record(actor=by, verb="inbox.team.created", target=team, name=team.name)
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, by: User) -> Team:
    """Call the team something else. Raises NotAllowed, BadInput."""
    row = _lock(team, by)
    before = row.name
    _name(row, name)
    if row.name != before:
        record(actor=by, verb="inbox.team.renamed", target=row, before=before, name=row.name)
    return row


@transaction.atomic
def delete_team(*, team: Team, by: User) -> None:
    """Dissolve a team that has no channel. Raises NotAllowed, InvalidTransition while it has one.

    A channel without a team is seen by everybody, so none may get there by accident.
    """
    row = _lock(team, by)
    if row.channels.exists():
        raise InvalidTransition(
            _("%(team)s still has channels. Give them to another team or to everybody first.")
            % {"team": row}
        )
    record(actor=by, verb="inbox.team.deleted", target=row, name=row.name)
    row.delete()


@transaction.atomic
def set_members(*, team: Team, members: Collection[User], by: User) -> Team:
    """Say who is in the team. Raises NotAllowed."""
    row = _lock(team, by)
    before, after = set(row.members.all()), set(members)
    joined, left = after - before, before - after
    if joined or left:
        row.members.set(after)
        record(
            actor=by,
            verb="inbox.team.members",
            target=row,
            name=row.name,
            joined=sorted(person.username for person in joined),
            left=sorted(person.username for person in left),
        )
        give_back(people=left, by=by)
        announce_access(joined | left)
    return row


@transaction.atomic
def set_teams(*, user: User, teams: Collection[Team], by: User) -> User:
    """Say which teams a person is in. Raises NotAllowed."""
    for team in Team.objects.order_by("pk"):
        members = set(team.members.all())
        wanted = members | {user} if team in teams else members - {user}
        set_members(team=team, members=wanted, by=by)
    return user


@transaction.atomic
def set_channel_team(*, channel: Channel, team: Team | None, by: User) -> Channel:
    """Give a channel to one team, or to everybody. Raises NotAllowed."""
    _check_may_manage(by)
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    if row.team == team:
        return row
    before, saw = row.team, set(User.seeing(row.pk))
    row.team = team
    row.save(update_fields=["team"])
    sees = set(User.seeing(row.pk))
    record(
        actor=by,
        verb="inbox.channel.team",
        target=row,
        before=str(before or ""),
        team=str(team or ""),
    )
    give_back(people=saw - sees, channel=row, by=by)
    announce_access(saw ^ sees)
    announce(kind="channels", channel_id=row.pk)
    return row


@transaction.atomic
def set_channels(*, team: Team, channels: Collection[Channel], by: User) -> Team:
    """Say which channels the team owns; those it loses are everybody's. Raises NotAllowed."""
    row = _lock(team, by)
    owned = set(row.channels.all())
    for channel in sorted(owned - set(channels), key=lambda one: one.pk):
        set_channel_team(channel=channel, team=None, by=by)
    for channel in sorted(set(channels) - owned, key=lambda one: one.pk):
        set_channel_team(channel=channel, team=row, by=by)
    return row


def _check_may_manage(by: User) -> None:
    if not by.has_perm("inbox.manage_team"):
        raise NotAllowed(_("Only an admin can change teams."))


def _lock(team: Team, by: User) -> Team:
    _check_may_manage(by)
    return Team.objects.select_for_update().get(pk=team.pk)


def _name(team: Team, name: str) -> None:
    team.name = " ".join(name.split())
    if not team.name:
        raise BadInput(_("Give the team a name."))
    others = Team.objects.exclude(pk=team.pk)
    if others.filter(name__iexact=team.name).exists():
        raise BadInput(_("There is a team of this name already."))
    try:
        team.full_clean()
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
    team.save()
