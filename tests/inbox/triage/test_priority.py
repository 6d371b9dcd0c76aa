"""How urgent, why, and in which order."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.triage.priority import (
    HIGHEST,
    RISK_POINTS,
    SECONDS_PER_POINT,
    Facts,
    priority,
    rank_at,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SAYS = Facts()
ANGRY = Facts(sentiment="negative", sentiment_words=("unacceptable", "third time"))
PLEASED = Facts(sentiment="positive")


def _risk(*codes: str) -> tuple[tuple[str, str], ...]:
    return tuple((code, "word") for code in codes)


# Most urgent first: what happened, the facts, the score, the two reasons that weigh most.
ORDER = [
    (
        "mass account: people hurt, suing",
        replace(ANGRY, followers=2_000_000, risks=_risk("safety", "legal")),
        100,
        ("safety", "reach"),
    ),
    (
        "major account: product caught fire",
        replace(ANGRY, followers=128_000, risks=_risk("safety")),
        100,
        ("safety", "negative"),
    ),
    (
        "reporter of a major paper asks about the outage",
        replace(ANGRY, followers=400_000, risks=_risk("press", "outage")),
        90,
        ("negative", "press"),
    ),
    (
        "small account: child poisoned, called lawyer",
        replace(ANGRY, risks=_risk("safety", "legal")),
        87,
        ("safety", "negative"),
    ),
    (
        "major account: customer data leaked",
        replace(ANGRY, followers=180_000, risks=_risk("data_leak")),
        85,
        ("negative", "data_leak"),
    ),
    (
        "small account: somebody is hurt",
        replace(ANGRY, risks=_risk("safety")),
        75,
        ("safety", "negative"),
    ),
    (
        "influential account: scam and refund",
        replace(ANGRY, followers=12_000, risks=_risk("fraud", "refund")),
        70,
        ("negative", "fraud"),
    ),
    (
        "threat against staff",
        replace(ANGRY, risks=_risk("hate_threat")),
        65,
        ("hate_threat", "negative"),
    ),
    (
        "angry, card number in public, money gone",
        replace(ANGRY, has_personal_data=True, risks=_risk("fraud")),
        65,
        ("negative", "fraud"),
    ),
    (
        "angry, wrote seven times, phone number in public",
        replace(ANGRY, message_count=7, has_personal_data=True),
        60,
        ("negative", "personal_data"),
    ),
    ("angry with a lawyer", replace(ANGRY, risks=_risk("legal")), 55, ("negative", "legal")),
    ("major account is angry", replace(ANGRY, followers=128_000), 55, ("negative", "reach")),
    (
        "angry in private about an outage",
        replace(ANGRY, is_private=True, risks=_risk("outage")),
        55,
        ("negative", "outage"),
    ),
    ("angry about an outage", replace(ANGRY, risks=_risk("outage")), 50, ("negative", "outage")),
    (
        "calm reporter asks for a comment",
        replace(SAYS, followers=25_000, is_verified=True, risks=_risk("press"), is_question=True),
        45,
        ("press", "reach"),
    ),
    ("calm report of smoke", replace(SAYS, risks=_risk("safety")), 45, ("safety",)),
    (
        "angry, third message, asks for a refund",
        replace(ANGRY, message_count=3, risks=_risk("refund")),
        45,
        ("negative", "refund"),
    ),
    (
        "mass account asks calmly",
        replace(SAYS, followers=3_000_000, is_question=True),
        40,
        ("reach", "question"),
    ),
    ("angry and leaving", replace(ANGRY, risks=_risk("churn")), 40, ("negative", "churn")),
    ("angry, wrote four times", replace(ANGRY, message_count=4), 40, ("negative", "insisting")),
    ("angry question", replace(ANGRY, is_question=True), 35, ("negative", "question")),
    ("angry", ANGRY, 30, ("negative",)),
    ("major account praises", replace(PLEASED, followers=200_000), 25, ("reach",)),
    ("calm report of an outage", replace(SAYS, risks=_risk("outage")), 20, ("outage",)),
    (
        "calm question about a refund in private",
        replace(SAYS, is_private=True, is_question=True, risks=_risk("refund")),
        20,
        ("refund", "private"),
    ),
    (
        "phone number in public, nothing else",
        replace(SAYS, has_personal_data=True),
        15,
        ("personal_data",),
    ),
    ("influential account mentions us", replace(SAYS, followers=40_000), 15, ("reach",)),
    (
        "question in private",
        replace(SAYS, is_private=True, is_question=True),
        10,
        ("private", "question"),
    ),
    ("verified account mentions us", replace(SAYS, is_verified=True), 5, ("verified",)),
    ("praise", PLEASED, 0, ()),
]


@pytest.mark.parametrize(
    ("facts", "score", "top"),
    [row[1:] for row in ORDER],
    ids=[row[0] for row in ORDER],
)
def test_each_case_has_its_score_and_top_reasons(
    facts: Facts, score: int, top: tuple[str, ...]
) -> None:
    found = priority(facts)
    assert found.score == score
    assert tuple(reason.code for reason in found.reasons[:2]) == top


def test_thirty_cases_keep_their_order() -> None:
    assert len(ORDER) == 30
    ranked = sorted(ORDER, key=lambda row: -priority(row[1]).score)
    assert [row[0] for row in ranked] == [row[0] for row in ORDER]


def test_reasons_read_like_a_colleague() -> None:
    facts = replace(ANGRY, followers=180_000, message_count=4, risks=(("legal", "pengacara"),))
    assert [(reason.points, reason.text) for reason in priority(facts).reasons] == [
        (30, "negative: 'unacceptable', 'third time'"),
        (25, "legal: 'pengacara'"),
        (25, "180k followers"),
        (10, "wrote 4 times"),
    ]


@pytest.mark.parametrize(
    ("followers", "text"),
    [(1_000, "1k"), (1_240, "1.2k"), (99_999, "99k"), (128_400, "128k"), (2_550_000, "2.5M")],
)
def test_followers_are_shown_short_and_never_rounded_up(followers: int, text: str) -> None:
    (reason,) = priority(Facts(followers=followers)).reasons
    assert reason.text == f"{text} followers"


def test_only_the_gravest_risk_counts_in_full() -> None:
    found = priority(Facts(risks=_risk("refund", "outage", "safety")))
    assert [(reason.code, reason.points) for reason in found.reasons] == [
        ("safety", 45),
        ("outage", 10),
        ("refund", 5),
    ]


def test_same_risk_twice_counts_once_with_its_first_word() -> None:
    found = priority(Facts(risks=(("legal", "lawyer"), ("legal", "court"))))
    assert [(reason.code, reason.params["word"]) for reason in found.reasons] == [
        ("legal", "lawyer")
    ]


def test_personal_data_is_urgent_in_public_only() -> None:
    codes = [r.code for r in priority(Facts(has_personal_data=True)).reasons]
    assert codes == ["personal_data"]
    private = priority(Facts(has_personal_data=True, is_private=True))
    assert [reason.code for reason in private.reasons] == ["private"]


def test_unknown_risk_codes_are_ignored() -> None:
    assert priority(Facts(risks=_risk("weather"))).score == 0


@pytest.mark.parametrize(
    ("more", "points"),
    [
        ({"sentiment": "negative"}, 30),
        ({"followers": 128_000}, 25),
        ({"risks": _risk("outage")}, 20),
        ({"message_count": 4}, 10),
        ({"is_question": True}, 5),
        ({"has_personal_data": True}, 15),
    ],
)
def test_each_factor_adds_what_is_documented(more: dict[str, object], points: int) -> None:
    assert priority(replace(SAYS, **more)).score == points  # type: ignore[arg-type]


def test_a_point_is_worth_thirty_six_seconds_of_waiting() -> None:
    assert rank_at(NOW, 0) == NOW
    assert rank_at(NOW, 1) == NOW - timedelta(seconds=SECONDS_PER_POINT)


def test_nobody_is_overtaken_by_what_arrives_an_hour_later() -> None:
    quiet = rank_at(NOW, 0)
    assert rank_at(NOW + timedelta(minutes=59), HIGHEST) < quiet
    assert rank_at(NOW + timedelta(minutes=61), HIGHEST) > quiet


def test_small_accounts_are_not_starved_in_a_flood() -> None:
    """One quiet customer, then a top-priority message every second and one answer a second."""
    flood = [rank_at(NOW + timedelta(seconds=second), HIGHEST) for second in range(1, 10_000)]
    served_before = sum(at < rank_at(NOW, 0) for at in flood)
    assert served_before <= HIGHEST * SECONDS_PER_POINT


FACTS = st.builds(
    Facts,
    sentiment=st.sampled_from(["negative", "neutral", "positive"]),
    sentiment_words=st.lists(st.text(max_size=20), max_size=3),
    risks=st.lists(st.tuples(st.sampled_from([*RISK_POINTS, "weather"]), st.text(max_size=20))),
    has_personal_data=st.booleans(),
    followers=st.none() | st.integers(0, 10**10),
    is_verified=st.booleans(),
    is_private=st.booleans(),
    is_question=st.booleans(),
    message_count=st.integers(0, 10_000),
)


@given(FACTS)
def test_score_is_the_sum_of_its_reasons(facts: Facts) -> None:
    found = priority(facts)
    points = [reason.points for reason in found.reasons]
    assert found.score == min(HIGHEST, sum(points))
    assert points == sorted(points, reverse=True)
    assert all(one > 0 for one in points)
    json.dumps([dict(reason.params) for reason in found.reasons])


@given(FACTS, st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_followers_never_lower_the_score(facts: Facts, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert (
        priority(replace(facts, followers=low)).score
        <= priority(replace(facts, followers=high)).score
    )


@given(FACTS, st.integers(0, 1000), st.integers(0, 1000))
def test_insisting_never_lowers_the_score(facts: Facts, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert (
        priority(replace(facts, message_count=low)).score
        <= priority(replace(facts, message_count=high)).score
    )


def test_what_the_desk_knows_of_a_person_counts_and_is_said() -> None:
    known = priority(replace(ANGRY, lists=("watch", "vip")))
    assert known.score == priority(ANGRY).score + 40
    assert {reason.code: reason.points for reason in known.reasons} == {
        "negative": 30,
        "list_vip": 30,
        "list_watch": 10,
    }
    assert priority(replace(SAYS, lists=("unheard-of",))).reasons == ()
