"""Looks at everything the desk leans on and says what to do about what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.db import DatabaseError

from crisisdesk.doctor import channels, database, keys, surroundings, work
from crisisdesk.doctor.finding import Finding, Level, problem

Check = Callable[[], Iterable[Finding]]

# What can be told without a database, and what cannot.
_WITHOUT: tuple[Check, ...] = (
    surroundings.web,
    surroundings.mail,
    surroundings.disk,
    keys.ring,
    work.broker,
)
_WITH: tuple[Check, ...] = (
    database.store,
    database.clock,
    work.heart,
    work.replies,
    keys.stored,
    channels.people,
    channels.channels,
)


def examine() -> Iterator[Finding]:
    """Yield what is found, part by part; nothing is changed."""
    for check in _WITHOUT:
        yield from check()
    trouble = database.trouble()
    if trouble:
        yield trouble
        return
    for check in _WITH:
        try:
            yield from check()
        except DatabaseError as error:
            words = str(error).splitlines()[0]
            yield problem("database", f"{words}.", "Look at the database's own log.")


def verdict(findings: Iterable[Finding]) -> Level:
    """Return the worst level among `findings`."""
    return max((finding.level for finding in findings), default=Level.OK)
