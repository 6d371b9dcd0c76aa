"""Which language a message is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.triage.language import DESK_LANGUAGES, detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Your website has been down since this morning, what is going on?", "en"),
        ("Situs kalian tidak bisa dibuka dari tadi pagi, bagaimana ini?", "id"),
        ("Kok lemot sih min?", "id"),
        ("gak bisa login dari tadi", "id"),
        ("@brand tolong dong min, saldo saya hilang https://example.org/en/help", "id"),
        ("awak punya servis teruk la, macam mana ni", "ms"),
        ("aku ora iso mlebu, piye iki", "jv"),
        ("abdi teu tiasa login, kumaha ieu", "su"),
        ("¿Cuándo vuelve a funcionar el servicio?", "es"),
        ("Quando é que o serviço volta a funcionar?", "pt"),
        ("Le service est en panne depuis ce matin", "fr"),
        ("Warum funktioniert die Anmeldung heute nicht?", "de"),
        ("サーバーに接続できません", "ja"),
        ("서버에 연결할 수 없습니다", "ko"),
        ("ระบบล่มตั้งแต่เช้า", "th"),
        ("الخدمة لا تعمل منذ الصباح", "ar"),
    ],
)
def test_language_of_everyday_messages(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text", ["", "   ", "@budi @siti", "https://example.org/a", "12345", "😡😡", "wkwkwk"]
)
def test_too_little_to_tell_stays_open(text: str) -> None:
    assert detect_language(text) == ""
    assert detect_language(text, "en") == ""


@pytest.mark.parametrize(
    ("hint", "language"),
    [("in", "id"), ("id", "id"), ("id-ID", "id"), ("EN_us", "en"), ("iw", "he")],
)
def test_hint_decides_where_a_word_cannot(hint: str, language: str) -> None:
    assert detect_language("Wifi", hint) == language


@pytest.mark.parametrize("hint", ["und", "zxx", "qme", "", "not a code"])
def test_hint_that_says_nothing_is_ignored(hint: str) -> None:
    assert detect_language("Situs kalian tidak bisa dibuka", hint) == "id"


def test_clear_text_outweighs_a_wrong_hint() -> None:
    text = "Your website has been down since this morning, what is going on?"
    assert detect_language(text, "in") == "en"


@given(st.text(), st.text(max_size=8))
def test_any_text_gets_a_desk_language_or_none(text: str, hint: str) -> None:
    assert detect_language(text, hint) in DESK_LANGUAGES | {""}
