"""Words that call for a second pair of eyes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.triage.priority import RISK_POINTS
from inbox.triage.risk import risks


@pytest.mark.parametrize(
    ("text", "language", "code", "word"),
    [
        ("You will hear from my lawyers", "en", "legal", "lawyers"),
        ("saya akan hubungi pengacara", "id", "legal", "pengacara"),
        ("Saya laporkan ke OJK besok", "id", "legal", "laporkan ke ojk"),
        ("my charger caught fire", "en", "safety", "caught fire"),
        ("anak saya keracunan makanan", "id", "safety", "keracunan"),
        ("I'm writing an article for a paper", "en", "press", "writing an article"),
        ("saya wartawan, mohon tanggapan", "id", "press", "wartawan"),
        ("your servers are down again", "en", "outage", "are down"),
        ("I can't log in", "en", "outage", "can't log"),
        ("gak bisa login", "id", "outage", "gak bisa login"),
        ("internet mati dari pagi", "id", "outage", "internet mati"),
        ("charged twice for one order", "en", "fraud", "charged twice"),
        ("penipuan ini!", "id", "fraud", "penipuan"),
        ("customer data has been leaked", "en", "data_leak", "data has been leaked"),
        ("data pribadi pelanggan bocor", "id", "data_leak", "data pribadi"),
        ("never flying with you again", "en", "churn", "never flying"),
        ("mau pindah ke sebelah aja", "id", "churn", "pindah ke"),
        ("I want a refund", "en", "refund", "refund"),
        ("kapan uang kembali?", "id", "refund", "uang kembali"),
        ("we know where you live", "en", "hate_threat", "we know where you live"),
        ("gua bacok lu", "id", "hate_threat", "bacok"),
    ],
)
def test_risk_is_spotted_with_its_word(text: str, language: str, code: str, word: str) -> None:
    found = risks(text, language)
    assert (code, word) in found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("No injuries reported, thank you", "en"),
        ("tidak ada yang terluka", "id"),
        ("I recall a nice flight", "en"),
        ("I issued a statement", "en"),
        ("this photobomb is great", "en"),
        ("I'll shoot you a DM", "en"),
        ("I find you very helpful", "en"),
        ("going down to the beach", "en"),
        ("saya suka rasa masakannya", "id"),
        ("@lawyer https://example.org/lawsuit", "en"),
    ],
)
def test_harmless_words_are_left_alone(text: str, language: str) -> None:
    assert risks(text, language) == ()


def test_denial_that_is_part_of_the_phrase_stays_a_risk() -> None:
    assert ("outage", "no signal") in risks("there is no signal here", "en")


def test_english_loan_words_count_in_indonesian() -> None:
    assert ("refund", "refund") in risks("kapan refund saya cair", "id")


def test_indonesian_words_are_not_sought_in_english() -> None:
    assert risks("Tempo and Viral are band names", "en") == ()


@given(st.text(), st.sampled_from(["", "en", "id", "ja"]))
def test_any_text_yields_known_codes_once(text: str, language: str) -> None:
    found = risks(text, language)
    assert {risk.code for risk in found} <= set(RISK_POINTS)
    assert len(set(found)) == len(found)
