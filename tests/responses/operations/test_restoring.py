"""A desk that went back in time must not say again what it has said since."""

from __future__ import annotations

import pytest
from django.utils import timezone

from inbox.models import AuditEvent
from responses import stops
from responses.models import Reply
from responses.operations.restoring import hold_after_restore
from tests.responses.build import make_queued

pytestmark = pytest.mark.django_db


def test_queued_replies_wait_for_a_person_after_a_restore() -> None:
    reply, later = make_queued(), make_queued(is_due=False)
    assert hold_after_restore(made_at=timezone.now()) == 2
    for row in (reply, later):
        row.refresh_from_db()
        assert (row.status, row.stop_code) == ("held", stops.RESTORED)
    assert set(Reply.objects.needing_attention()) == {reply, later}
    event = AuditEvent.objects.get(verb="responses.reply.held", target_id=reply.pk)
    assert event.data["code"] == "restored"


@pytest.mark.parametrize("status", ["sending", "unknown", "sent", "failed", "cancelled"])
def test_what_is_not_queued_stays_as_it_is(status: str) -> None:
    reply = make_queued()
    Reply.objects.filter(pk=reply.pk).update(status=status)
    assert hold_after_restore(made_at=timezone.now()) == 0
    reply.refresh_from_db()
    assert reply.status == status
