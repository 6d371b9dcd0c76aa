"""That the order of the queue lets nobody starve: days of arrivals played through, and measured.

Each server takes the head of the queue as soon as it is free. Beside first come, first served,
a conversation can only be overtaken by what arrives within the head start of the highest priority
after it, so it begins at the latest when those, too, have been dealt with.
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from inbox.triage.priority import HIGHEST, SECONDS_PER_POINT, rank_at

ZERO = datetime(2026, 3, 1, tzinfo=UTC)
HEAD_START = HIGHEST * SECONDS_PER_POINT  # seconds
SERVICE = 120.0  # seconds that one conversation takes
HOURS = 12


@dataclass(frozen=True)
class Arrival:
    """Somebody who wrote, `at` seconds after the beginning."""

    at: float
    score: int


def play(arrivals: Sequence[Arrival], servers: int, key: Callable[[Arrival], float]) -> list[float]:
    """Return when each of `arrivals`, sorted by time, begins to be served."""
    begins = [0.0] * len(arrivals)
    free = [0.0] * servers
    waiting: list[tuple[float, int]] = []
    following = 0
    while waiting or following < len(arrivals):
        now = free[0]
        if not waiting:
            now = max(now, arrivals[following].at)
        while following < len(arrivals) and arrivals[following].at <= now:
            heapq.heappush(waiting, (key(arrivals[following]), following))
            following += 1
        _key, index = heapq.heappop(waiting)
        begins[index] = now
        heapq.heapreplace(free, now + SERVICE)
    return begins


def by_rank(arrival: Arrival) -> float:
    place = rank_at(ZERO + timedelta(seconds=arrival.at), arrival.score)
    return (place - ZERO).total_seconds()


def by_priority_alone(arrival: Arrival) -> float:
    return -arrival.score


def poisson(per_hour: float, scores: Sequence[int], seed: int, until: float) -> list[Arrival]:
    chance = random.Random(seed)
    at, found = 0.0, []
    while (at := at + chance.expovariate(per_hour / 3600)) < until:
        found.append(Arrival(at, chance.choice(scores)))
    return found


def mixture(load: float, servers: int, high_share: float, seed: int = 7) -> list[Arrival]:
    """A stretch at `load` times of what the servers can do, with a few who have no priority."""
    capacity = servers * 3600 / SERVICE
    until = HOURS * 3600.0
    high = poisson(capacity * load * high_share, [70, 85, 100], seed, until)
    low = poisson(capacity * load * (1 - high_share), [0, 5, 30], seed + 1, until)
    return sorted(high + low, key=lambda arrival: arrival.at)


CASES = [
    # load, agents, share of high priority
    (0.5, 4, 0.2),
    (0.9, 4, 0.3),
    (0.98, 10, 0.5),
    (1.2, 4, 0.5),
    (1.5, 4, 0.9),
    (2.0, 10, 0.95),
    (5.0, 4, 0.99),  # a shitstorm: everybody who writes is angry, and five times too many
]


@pytest.mark.parametrize(("load", "servers", "high_share"), CASES)
def test_nobody_waits_longer_than_the_bound(
    load: float, servers: int, high_share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    arrivals = mixture(load, servers, high_share)
    fifo = play(arrivals, servers, lambda arrival: arrival.at)
    ours = play(arrivals, servers, by_rank)
    times = [arrival.at for arrival in arrivals]
    worst, worst_allowed = 0.0, 0.0
    for index, arrival in enumerate(arrivals):
        overtakers = bisect_right(times, arrival.at + HEAD_START) - index - 1
        allowed = (overtakers / servers + 2) * SERVICE  # they, and what the servers have begun
        behind = ours[index] - fifo[index]
        assert behind <= allowed, (index, arrival, behind, allowed)
        if not arrival.score and behind > worst:
            worst, worst_allowed = behind, allowed
    with capsys.disabled():
        print(
            f"\n  load {load:>4}, {servers:>2} agents, {high_share:.0%} urgent: priority 0 at most "
            f"{worst / 60:.0f} min behind first come first served (bound {worst_allowed / 60:.0f})"
        )


def test_the_bound_is_the_head_start_times_the_load() -> None:
    """In words a person can check: at double load an hour of arrivals takes two hours to answer."""
    servers, load = 4, 2.0
    arrivals = mixture(load, servers, 0.95)
    fifo = play(arrivals, servers, lambda arrival: arrival.at)
    ours = play(arrivals, servers, by_rank)
    behind = [
        o - f for o, f, arrival in zip(ours, fifo, arrivals, strict=True) if not arrival.score
    ]
    assert max(behind) <= HEAD_START * load * 1.15  # arrivals come by chance


def test_a_flood_of_the_urgent_does_not_hold_up_who_came_before_it() -> None:
    """One who has no priority, then ten hours of ten times too many with the highest."""
    servers = 4
    flood = [Arrival(1 + n * SERVICE / servers / 10, HIGHEST) for n in range(12_000)]
    quiet = [Arrival(0.5, 0)]
    busy = [Arrival(0.0, HIGHEST) for _ in range(servers)]
    arrivals = busy + quiet + flood
    at = arrivals.index(quiet[0])
    begun = play(arrivals, servers, by_rank)[at]
    overtakers = HEAD_START / (SERVICE / servers / 10)
    assert begun <= (overtakers / servers + 2) * SERVICE
    # The same flood under the plain order by priority: the check can tell starving from waiting.
    assert play(arrivals, servers, by_priority_alone)[at] == max(
        play(arrivals, servers, by_priority_alone)
    )


def test_among_equals_the_first_come_is_first_served() -> None:
    arrivals = [Arrival(float(second), 30) for second in range(0, 4000, 7)]
    begun = play(arrivals, 3, by_rank)
    assert begun == sorted(begun)


def test_urgency_is_worth_something_at_every_load() -> None:
    for load, servers, high_share in CASES[:4]:
        arrivals = mixture(load, servers, high_share)
        ours = play(arrivals, servers, by_rank)
        waits = {
            is_high: [
                begun - arrival.at
                for begun, arrival in zip(ours, arrivals, strict=True)
                if (arrival.score >= 70) == is_high
            ]
            for is_high in (True, False)
        }
        assert sum(waits[True]) / len(waits[True]) <= sum(waits[False]) / len(waits[False])
