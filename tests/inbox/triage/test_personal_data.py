"""What a public text gives away about a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.triage.personal_data import personal_data

FOUND = [
    ("mail me: budi.s+x@mail.co.id please", "email", "budi.s+x@mail.co.id"),
    ("hubungi 0812-3456-7890 ya", "phone", "0812-3456-7890"),
    ("WA +62 812 3456 7890", "phone", "+62 812 3456 7890"),
    ("no telp (021) 5550 1234", "phone", "(021) 5550 1234"),
    ("call +44 20 7946 0958", "phone", "+44 20 7946 0958"),
    ("my phone number is (631) 555-0122", "phone", "(631) 555-0122"),
    ("ring me 415-555-2671", "phone", "415-555-2671"),
    ("text me at 4155552671", "phone", "4155552671"),
    ("kartu saya 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
    ("amex 378282246310005", "card", "378282246310005"),
    ("IBAN DE89 3704 0044 0532 0130 00", "iban", "DE89 3704 0044 0532 0130 00"),
    ("NIK 3174012509900001", "nik", "3174012509900001"),
    ("ktp: 3174016509900001", "nik", "3174016509900001"),
]
NOT_PERSONAL = [
    "booking PNR 6677889912",
    "invoice 081234567890 not paid",
    "INV/2024/0812345678",
    "resi 081234567890",
    "order #123456789012",
    "flight 4524 at 10:30 on 2015-02-17",
    "call our line 1-800-433-7300",
    "hubungi 0800 1 234567",
    "Rp 1.500.000.000",
    "app version 10.0.15252.0",
    "card 4111 1111 1111 1112",
    "DE89 3704 0044 0532 0130 01",
    "see https://example.org/status/567588278875213824",
    "@user_0812345678",
    "hello @rina@social.example, help",
    "conversation 567588278875213824",
]


@pytest.mark.parametrize(("text", "kind", "shown"), FOUND)
def test_personal_data_is_found_where_it_stands(text: str, kind: str, shown: str) -> None:
    (found,) = personal_data(text)
    assert (found.kind, text[found.start : found.end]) == (kind, shown)


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_references_and_amounts_are_not_personal(text: str) -> None:
    assert personal_data(text) == ()


def test_several_are_returned_in_order_without_overlap() -> None:
    text = "siti@example.org, 0812-3456-7890 or 4111111111111111"
    found = personal_data(text)
    assert [one.kind for one in found] == ["email", "phone", "card"]


@given(st.text(alphabet="0123456789+-.() @aDE/\n", max_size=200) | st.text())
def test_spans_lie_inside_the_text_and_apart(text: str) -> None:
    end = 0
    for one in personal_data(text):
        assert end <= one.start < one.end <= len(text)
        end = one.end


@pytest.mark.parametrize("piece", ["a.", "0 ", "0-", "1", "a@", "DE12", "@a.", "(0", "_0"])
def test_hostile_repetition_is_read_in_linear_time(piece: str) -> None:
    personal_data(piece * 20_000)
