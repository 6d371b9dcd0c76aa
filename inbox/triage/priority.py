"""How urgent a conversation is, and why: points that add up, each with its reason in words.

How long somebody has waited is not in the score, or the whole queue would have to be scored
again every minute. `rank_at` brings the two together once, when the score is set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inbox.triage.reach import reach_level

HIGHEST = 100
SECONDS_PER_POINT = 36

NEGATIVE_POINTS = 30
RISK_POINTS: Mapping[str, int] = {
    "safety": 45,
    "hate_threat": 35,
    "data_leak": 30,
    "legal": 25,
    "press": 25,
    "fraud": 20,
    "outage": 20,
    "churn": 10,
    "refund": 10,
}
FURTHER_RISK_SHARE = 0.5  # the gravest risk counts in full, each further one by half
REACH_POINTS = (0, 5, 15, 25, 35)  # by reach level
# What the desk knows of the person; a watched one is worth a look, not a place at the top.
LIST_POINTS: Mapping[str, int] = {"vip": 30, "press": 25, "partner": 15, "watch": 10}
PERSONAL_DATA_POINTS = 15
INSISTING_POINTS = ((7, 15), (4, 10), (2, 5))  # (wrote at least so often, points)
QUESTION_POINTS = 5
PRIVATE_POINTS = 5
FOUND_POINTS = -20  # said to nobody of us: those who wrote to us come first


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a conversation that waits.

    risks: pairs of code and word. sentiment_words: what made the sentiment.
    message_count: how many messages the person wrote in it. lists: those the person is on.
    found_by: the searches that brought all of it, empty where something was said to us.
    """

    sentiment: str = "neutral"
    sentiment_words: Sequence[str] = ()
    risks: Sequence[tuple[str, str]] = ()
    has_personal_data: bool = False
    followers: int | None = None
    is_verified: bool = False
    is_private: bool = False
    is_question: bool = False
    message_count: int = 1
    found_by: Sequence[str] = ()
    lists: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the account: `text` is English, `code` and `params` let a page translate it."""

    code: str
    points: int
    text: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Priority:
    """score: the reasons' points added up, 0 to 100. reasons: most points first.

    head_start: the same, below 0 for what may wait longer than others.
    """

    score: int
    head_start: int
    reasons: tuple[Reason, ...]


def priority(facts: Facts) -> Priority:
    """Return how urgent a conversation with these `facts` is."""
    reasons = sorted(
        (
            *_sentiment(facts),
            *_risks(facts),
            *_reach(facts),
            *_lists(facts),
            *_circumstances(facts),
        ),
        key=lambda reason: -reason.points,
    )
    points = min(HIGHEST, sum(reason.points for reason in reasons))
    return Priority(max(0, points), points, tuple(reasons))


def rank_at(arrived: datetime, head_start: int) -> datetime:
    """Return the place in the queue, earliest first: the arrival at the desk, less a head start.

    A point is worth 36 seconds, the highest score one hour. So urgency overtakes, but a message
    can only be overtaken by what arrives within an hour after it: nobody waits for ever.
    """
    return arrived - timedelta(seconds=head_start * SECONDS_PER_POINT)


def _sentiment(facts: Facts) -> Iterator[Reason]:
    if facts.sentiment != "negative":
        return
    words = list(facts.sentiment_words)
    text = "negative" + (": " + ", ".join(f"'{word}'" for word in words) if words else "")
    yield Reason("negative", NEGATIVE_POINTS, text, {"words": words})


def _risks(facts: Facts) -> Iterator[Reason]:
    by_code = {code: word for code, word in reversed(facts.risks) if code in RISK_POINTS}
    gravest_first = sorted(by_code, key=lambda code: -RISK_POINTS[code])
    for index, code in enumerate(gravest_first):
        share = FURTHER_RISK_SHARE if index else 1
        text = f"{code.replace('_', ' ')}: '{by_code[code]}'"
        yield Reason(code, int(RISK_POINTS[code] * share), text, {"word": by_code[code]})


def _reach(facts: Facts) -> Iterator[Reason]:
    reach = reach_level(facts.followers, facts.is_verified)
    if not reach.level:
        return
    followers = facts.followers or 0
    is_badge = reach != reach_level(followers, is_verified=False)
    text = "verified account" if is_badge else f"{_compact(followers)} followers"
    yield Reason(
        "verified" if is_badge else "reach",
        REACH_POINTS[reach.level],
        text,
        {"followers": followers, "level": reach.level},
    )


def _lists(facts: Facts) -> Iterator[Reason]:
    for name, points in LIST_POINTS.items():
        if name in facts.lists:
            yield Reason(f"list_{name}", points, f"on the list '{name}'")


def _circumstances(facts: Facts) -> Iterator[Reason]:
    if facts.has_personal_data and not facts.is_private:
        yield Reason("personal_data", PERSONAL_DATA_POINTS, "personal data in public")
    count = facts.message_count
    for least, points in INSISTING_POINTS:
        if count >= least:
            yield Reason("insisting", points, f"wrote {count} times", {"count": count})
            break
    if facts.is_private:
        yield Reason("private", PRIVATE_POINTS, "wrote to us directly")
    if facts.is_question:
        yield Reason("question", QUESTION_POINTS, "asks a question")
    if facts.found_by:
        names = ", ".join(facts.found_by)
        yield Reason("found", FOUND_POINTS, f"found by search '{names}'", {"search": names})


def _compact(count: int) -> str:
    """Return 1240 as 1.2k, 180000 as 180k, 2500000 as 2.5M; never rounded up."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            tenths = count * 10 // size
            return (
                f"{tenths // 10}{letter}"
                if tenths >= 100 or tenths % 10 == 0
                else f"{tenths / 10}{letter}"
            )
    return str(count)
