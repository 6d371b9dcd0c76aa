"""Teams: only admins form them, nothing becomes visible by accident, work never gets stuck."""

from __future__ import annotations

import pytest

from inbox.errors import NotVisible
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import AuditEvent, Channel, Conversation, LiveEvent, Team, User
from inbox.operations import conversations, teams
from responses.operations import approvals
from tests.factories import make_conversation, make_user
from tests.responses.build import make_submitted


def fresh(user: User) -> User:
    """The person as the next request loads them."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def team(dewi: User) -> Team:
    return teams.create_team(name="  Night   watch ", by=dewi)


def test_a_team_is_formed_and_recorded(team: Team, dewi: User) -> None:
    assert team.name == "Night watch"
    assert AuditEvent.objects.get(verb="inbox.team.created").actor == dewi


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "night WATCH"])
def test_unfit_names_are_refused(team: Team, dewi: User, name: str) -> None:
    with pytest.raises(BadInput):
        teams.create_team(name=name, by=dewi)
    assert Team.objects.count() == 1


@pytest.mark.parametrize("who", ["ana", "ben", "cleo"])
def test_nobody_else_changes_teams(
    team: Team, channel: Channel, who: str, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    acts = [
        lambda: teams.create_team(name="Mine", by=by),
        lambda: teams.rename_team(team=team, name="Mine", by=by),
        lambda: teams.delete_team(team=team, by=by),
        lambda: teams.set_members(team=team, members=[by], by=by),
        lambda: teams.set_channels(team=team, channels=[channel], by=by),
        lambda: teams.set_channel_team(channel=channel, team=team, by=by),
        lambda: teams.set_teams(user=by, teams=[team], by=by),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_a_team_with_a_channel_is_not_dissolved(team: Team, channel: Channel, dewi: User) -> None:
    teams.set_channel_team(channel=channel, team=team, by=dewi)
    with pytest.raises(InvalidTransition, match="still has channels"):
        teams.delete_team(team=team, by=dewi)
    teams.set_channels(team=team, channels=[], by=dewi)
    teams.delete_team(team=team, by=dewi)
    assert not Team.objects.exists()


def test_work_goes_back_to_nobody_when_its_owner_no_longer_sees_it(
    team: Team, conversation: Conversation, ana: User, ben: User, dewi: User
) -> None:
    done = make_conversation(conversation.channel)
    for row in (conversation, done):
        conversations.assign(conversation=row, to=ana, by=ben)
    conversations.resolve(conversation=done, by=ana)
    teams.set_channel_team(channel=conversation.channel, team=team, by=dewi)
    conversation.refresh_from_db()
    done.refresh_from_db()
    assert conversation.assignee is None
    assert done.assignee == ana
    event = AuditEvent.objects.get(verb="inbox.conversation.given_back")
    assert (event.actor, event.conversation_id) == (dewi, conversation.pk)


def test_work_goes_only_to_people_of_the_channel(
    team: Team, conversation: Conversation, ana: User, ben: User, dewi: User
) -> None:
    teams.set_members(team=team, members=[ben], by=dewi)
    teams.set_channel_team(channel=conversation.channel, team=team, by=dewi)
    with pytest.raises(BadInput, match="not in the team"):
        conversations.assign(conversation=conversation, to=fresh(ana), by=fresh(ben))
    with pytest.raises(NotVisible):
        conversations.take(conversation=conversation, by=fresh(ana))


def test_an_undo_does_not_bring_back_an_owner_who_left(
    team: Team, conversation: Conversation, ana: User, ben: User, dewi: User
) -> None:
    conversations.assign(conversation=conversation, to=ana, by=ben)
    event = conversations.assign(conversation=conversation, to=None, by=ben)
    assert event
    teams.set_members(team=team, members=[ben], by=dewi)
    teams.set_channel_team(channel=conversation.channel, team=team, by=dewi)
    with pytest.raises(BadInput):
        conversations.undo(event=event, by=fresh(ben))


def test_an_approval_counts_only_by_somebody_who_sees_the_channel(
    team: Team, conversation: Conversation, ben: User, dewi: User
) -> None:
    draft = make_submitted(conversation)
    teams.set_channel_team(channel=conversation.channel, team=team, by=dewi)
    with pytest.raises(NotVisible):
        approvals.approve(draft=draft, by=fresh(ben), content_hash=draft.content_hash)
    teams.set_members(team=team, members=[ben], by=dewi)
    assert approvals.approve(draft=draft, by=fresh(ben), content_hash=draft.content_hash)


def test_only_those_whose_view_changes_are_told(
    team: Team, channel: Channel, ana: User, ben: User, dewi: User, cleo: User
) -> None:
    teams.set_members(team=team, members=[ana], by=dewi)
    LiveEvent.objects.all().delete()
    teams.set_channel_team(channel=channel, team=team, by=dewi)
    told = LiveEvent.objects.filter(kind=LiveEvent.ACCESS).values_list("user_id", flat=True)
    assert set(told) == {ben.pk}


def test_the_two_sides_of_the_rule_agree(team: Team, channel: Channel, dewi: User) -> None:
    people = [make_user(role=role) for role in User.Role.values for _ in range(2)]
    team.members.set(people[::2])
    for owner in (None, team):
        teams.set_channel_team(channel=channel, team=owner, by=dewi)
        row = Channel.objects.get(pk=channel.pk)
        seeing = set(User.seeing(row.pk))
        assert all(person.sees(row.pk) is (person in seeing) for person in User.objects.all())
