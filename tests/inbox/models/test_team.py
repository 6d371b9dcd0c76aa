"""Who sees which channels."""

from __future__ import annotations

import pytest

from inbox.models import Channel, Conversation, Team, User
from responses.models import Draft, Reply
from tests.factories import make_channel, make_conversation, make_user
from tests.responses.build import make_queued, make_submitted

pytestmark = pytest.mark.django_db


def team_with(channel: Channel, *members: User) -> Team:
    team = Team.objects.create(name=f"Team {channel.pk}")
    team.members.set(members)
    Channel.objects.filter(pk=channel.pk).update(team=team)
    return team


def test_without_teams_everybody_sees_every_channel(channel: Channel, ana: User) -> None:
    assert ana.channel_ids is None
    assert ana.sees(channel.pk)


def test_a_teams_channel_is_for_its_members_only(channel: Channel, ana: User, ben: User) -> None:
    shared = make_channel()
    team_with(channel, ben)
    assert ana.channel_ids == {shared.pk}
    assert not ana.sees(channel.pk)
    assert ben.sees(channel.pk)
    assert list(Channel.objects.visible_to(ana)) == [shared]


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_who_answers_for_the_whole_desk_sees_all_of_it(channel: Channel, role: str) -> None:
    team_with(channel)
    assert make_user(role=role).sees(channel.pk)


def test_what_hangs_on_a_hidden_conversation_is_hidden_with_it(channel: Channel, ana: User) -> None:
    make_submitted(make_conversation(channel))
    make_queued(make_conversation(channel), make_user())
    team_with(channel)
    assert not Conversation.objects.visible_to(ana).exists()
    assert not Draft.objects.visible_to(ana).exists()
    assert not Reply.objects.visible_to(ana).exists()
