"""Who else is with a conversation, in a form that rows and the thread's head can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from inbox.models import Conversation, Presence, User

State = Presence.State
STRONGEST = [State.WRITING, State.VIEWING, State.IDLE]


@dataclass(frozen=True)
class Companion:
    """One colleague, in the most active of the states of their tabs."""

    user: User
    state: str


@dataclass
class Company:
    """Everybody but the reader. `holder` is answering; the others are just there."""

    holder: User | None = None
    people: list[Companion] = field(default_factory=list)

    @property
    def answering(self) -> list[User]:
        """Who is answering, whoever holds the claim first, even while they look elsewhere."""
        first = [self.holder] if self.holder else []
        return list(dict.fromkeys(first + self.writers))

    @property
    def writers(self) -> list[User]:
        """Who types here now."""
        return [one.user for one in self.people if one.state == State.WRITING]

    @property
    def others(self) -> list[Companion]:
        """Who is there without typing."""
        return [one for one in self.people if one.state != State.WRITING]


def attach(rows: Sequence[Conversation], *, reader: User) -> None:
    """Set `company` on each of `rows`, in one query. The rows come from `with_row`."""
    now = timezone.now()
    tabs = Presence.objects.here(now).filter(conversation__in=[row.pk for row in rows])
    states: dict[int, dict[User, str]] = {row.pk: {} for row in rows}
    for tab in tabs.exclude(user=reader).select_related("user").order_by("user__username"):
        known = states[tab.conversation_id]
        known[tab.user] = min(known.get(tab.user, State.IDLE), tab.state, key=_rank)
    for row in rows:
        claim = getattr(row, "claim", None)  # absent where nobody has begun
        is_theirs = claim and claim.is_live(now) and claim.holder_id != reader.pk
        people = [Companion(user, state) for user, state in states[row.pk].items()]
        row.company = Company(claim.holder if is_theirs else None, people)  # type: ignore[attr-defined]


def _rank(state: str) -> int:
    return STRONGEST.index(State(state))
