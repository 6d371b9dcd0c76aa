"""`@name` in a note: who is meant, among those who see the channel."""

from __future__ import annotations

import re
from collections.abc import Iterable

from inbox.models import User

MOST = 20  # people in one note; more is a circular, not a mention
# A username as Django allows it, not in the middle of a word or of a mail address.
MENTION = re.compile(r"(?<![\w@.+-])@([\w.@+-]{1,150})")


def names_in(text: str) -> list[str]:
    """Return what could be names, longest reading first: a full stop may end the sentence."""
    found: dict[str, None] = {}
    for match in MENTION.finditer(text):
        name = match.group(1)
        found[name.lower()] = None
        while name and name[-1] in ".+-@":
            name = name[:-1]
            found[name.lower()] = None
    return [name for name in found if name]


def mentioned(*, text: str, channel_id: int) -> list[User]:
    """Return the people that `text` mentions and who see the channel."""
    names = set(names_in(text)[: 4 * MOST])
    if not names:
        return []
    people = User.seeing(channel_id).filter(is_active=True)
    return [user for user in people if user.username.lower() in names][:MOST]


def unheard(*, text: str, told: Iterable[str]) -> list[User]:
    """Return colleagues whom `text` names but who do not see the channel, so were not told."""
    names = set(names_in(text)[: 4 * MOST]) - {name.lower() for name in told}
    if not names:
        return []
    active = User.objects.filter(is_active=True)
    return [user for user in active if user.username.lower() in names][:MOST]
