"""What is new in a mail, apart from what it quotes."""

from __future__ import annotations

import pytest

from inbox.connectors.mail import text

NEW = "Still broken."
QUOTED = [
    "> You wrote\n> this",
    "On Mon, 2 Nov 2026 at 10:04, Brand <help@brand.example> wrote:\n\n> Try again.\n>\n> Brand",
    "Am 02.11.2026 um 10:04 schrieb Brand:\n> Noch einmal.",
    "Pada Sen, 2 Nov 2026 pukul 10.04, Brand <help@brand.example> menulis:\n> Coba lagi.",
    "-----Original Message-----\nFrom: Brand\nSent: Monday\n\nTry again.",
    "________________________________\nFrom: Brand\nTry again.",
    "From: Brand <help@brand.example>\nSent: Monday, 2 November 2026 10:04\nTo: Rina\n\nTry again.",
    "Von: Brand <help@brand.example>\nGesendet: Montag\nAn: Rina\n\nNoch einmal.",
    "*Dari:* Brand\n*Dikirim:* Senin\n*Kepada:* Rina\n\nCoba lagi.",
]


@pytest.mark.parametrize("history", QUOTED)
def test_history_below_is_left_out(history: str) -> None:
    assert text.without_quote(f"{NEW}\n\n{history}\n") == NEW


@pytest.mark.parametrize(
    "said",
    [
        "> Is it on?\nYes.\n> Is it warm?\nNo.",
        "Dear all:\nit is broken, see 1.",
        "From: the shop in Bonn\nI bought it there.",
        "> only a quote",
        "We met on Monday at 10:\n- it broke\n- I cried",
    ],
)
def test_what_people_say_themselves_stays_whole(said: str) -> None:
    assert text.without_quote(said) == said


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Broken", "Re: Broken"),
        ("RE: AW: Broken", "Re: Broken"),
        ("", "Re:"),
        ("Fwd: a\n b", "Re: a b"),
    ],
)
def test_an_answers_subject_says_re_once(subject: str, answer: str) -> None:
    assert text.answered(subject) == answer
