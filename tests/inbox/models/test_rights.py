"""A person and their rights in one query, which is put together once for everybody."""

from __future__ import annotations

from typing import Any

from inbox.models import Channel, Team, User
from tests.factories import make_channel


def test_everybody_gets_their_own_rights(
    ana: User, ben: User, channel: Channel, django_assert_num_queries: Any
) -> None:
    other = make_channel()
    for person, theirs in ((ana, channel), (ben, other)):
        theirs.team = Team.objects.create(name=f"Team of {person}")
        theirs.team.members.add(person)
        theirs.save()
    with django_assert_num_queries(2):
        found = [User.with_rights(person.pk) for person in (ana, ben)]
        assert [person and person.channel_ids for person in found] == [{channel.pk}, {other.pk}]
    assert found == [ana, ben]
    assert [ana.channel_ids, ben.channel_ids] == [{channel.pk}, {other.pk}]


def test_who_is_gone_has_none(ana: User) -> None:
    assert User.with_rights(ana.pk + 1) is None
