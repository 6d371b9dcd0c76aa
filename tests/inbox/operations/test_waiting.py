"""Who had to wait at a lock decides on what is there now, not on what was there before."""

from __future__ import annotations

import pytest
from django.db import transaction

from inbox.models import Author, Conversation
from inbox.operations import standing
from tests.factories import make_author, make_conversation
from tests.waiting import only_postgresql, while_it_waits

pytestmark = [pytest.mark.django_db(transaction=True), only_postgresql]


def test_a_judgement_that_waited_knows_how_many_follow_the_author_now() -> None:
    author = make_author(followers=3)
    row = make_conversation(author=author)

    def refresh() -> None:
        with transaction.atomic():
            standing.refresh(conversation_ids=[row.pk])

    while_it_waits(
        hold=lambda: Conversation.objects.select_for_update(no_key=True).get(pk=row.pk),
        act=refresh,
        change=lambda: Author.objects.filter(pk=author.pk).update(followers=2_000_000),
    )
    row.refresh_from_db()
    assert "reach" in [reason["code"] for reason in row.reasons]
