from __future__ import annotations

import pytest

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import AuditEvent, Channel, User
from responses.operations.policy import policy_for, reason, set_policy

pytestmark = pytest.mark.django_db

OPEN = {
    "alt_text_required": False,
    "public_needs_approval": False,
    "private_needs_approval": False,
    "undo_seconds": 5,
}


def test_by_default_public_replies_need_a_manager_and_private_ones_do_not(
    channel: Channel,
) -> None:
    policy = policy_for(channel)
    assert policy.needs_approval(is_private=False)
    assert not policy.needs_approval(is_private=True)


def test_an_admin_sets_it_and_the_record_says_what_it_was(channel: Channel, dewi: User) -> None:
    set_policy(channel=channel, by=dewi, **OPEN)
    channel.refresh_from_db()
    assert policy_for(channel).undo_seconds == 5
    event = AuditEvent.objects.get(verb="responses.policy.changed")
    assert event.data["before"]["public_needs_approval"] is True
    assert event.data["after"] == OPEN


def test_nobody_else_sets_it(channel: Channel, ana: User, ben: User, cleo: User) -> None:
    for person in (ana, ben, cleo):
        with pytest.raises(NotAllowed):
            set_policy(channel=channel, by=person, **OPEN)


def test_a_window_beyond_a_minute_is_refused(channel: Channel, dewi: User) -> None:
    with pytest.raises(BadInput):
        set_policy(channel=channel, by=dewi, **(OPEN | {"undo_seconds": 61}))


def test_the_reason_is_in_words(channel: Channel) -> None:
    assert "not their author" in reason(policy=policy_for(channel), is_private=False)
    assert "need no approval" in reason(policy=policy_for(channel), is_private=True)
