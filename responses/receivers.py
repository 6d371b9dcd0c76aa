"""What the inbox tells us."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from inbox.models import Conversation
from inbox.signals import conversations_merged
from responses.models import Draft, Reply


@receiver(conversations_merged)
def follow_merge(source: Conversation, target: Conversation, **kwargs: Any) -> None:
    """Point our rows at the conversation that stays."""
    Draft.objects.filter(conversation=source).update(conversation=target)
    Reply.objects.filter(conversation=source).update(conversation=target)
