"""One call for all that triage can say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inbox.triage.analyse import analyse


def test_angry_indonesian_customer_with_many_followers() -> None:
    text = "@brand situs kalian down dari tadi pagi! Hubungi saya 0812-3456-7890, kapan normal?"
    found = analyse(text, language_hint="in", followers=128_000, is_verified=False)
    assert (found.language, found.sentiment, found.is_question) == ("id", "negative", True)
    assert "down" in found.sentiment_words
    assert ("outage", "down") in found.risks
    assert [text[one.start : one.end] for one in found.personal_data] == ["0812-3456-7890"]
    assert found.reach.level == 3


def test_double_encoded_and_hostile_text_is_survived() -> None:
    for text in (
        "itâ€™s Â broken",
        "\x00\ud800 &#0; &amp;amp;",
        "<script>alert(1)</script>",
        "a" * 50_000,
    ):
        analyse(text, language_hint="und", followers=None, is_verified=False)


@given(st.text(), st.text(max_size=6), st.none() | st.integers(0), st.booleans())
def test_no_text_makes_it_fail(
    text: str, hint: str, followers: int | None, is_verified: bool
) -> None:
    found = analyse(text, language_hint=hint, followers=followers, is_verified=is_verified)
    assert -1 <= found.score <= 1
