"""What a search finds in a text, in the scripts and spellings that people use."""

from __future__ import annotations

import time

import pytest

from inbox.lib.matching import Miss, missing
from inbox.lib.terms import Terms


def finds(term: str, text: str) -> bool:
    """Say whether a search for `term` (a word, "a phrase" or #a tag) finds `text`."""
    if term.startswith("#"):
        return missing(Terms(hashtags=(term[1:],)), text) is None
    kind = "phrases" if " " in term else "words"
    return missing(Terms(**{kind: (term,)}), text) is None


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("toyota", "My TOYOTA does not stop"),
        ("Toyota", "toyota?"),
        ("toyota", "(Toyota)"),
        ("toyota", "#Toyota recall"),
        ("toyota", "@toyota please help"),
        ("toyota", "Ｔｏｙｏｔａ"),  # full width
        ("toyota", "𝐓𝐨𝐲𝐨𝐭𝐚"),  # mathematical letters
        ("toyota", "to\u200byo\u00adta"),  # invisible characters
        ("pokémon", "POKEMON go"),
        ("pokemon", "Poke\u0301mon"),  # accent as a character of its own
        ("citroën", "citroen"),
        ("straße", "STRASSE"),
        ("istanbul", "İSTANBUL"),
        ("ısıtıcı", "ISITICI".replace("I", "ı")),
        ("łódź", "lodz"),
        ("đà nẵng", "Da Nang"),
        ("ёлка", "елка"),
        ("at&t", "AT&T is down"),
        ("c++", "I like C++."),
        ("e-toll", "kartu E-Toll saya"),
        ("it's", "it’s broken"),
        ("rem blong", "Rem   blong!"),
        ("rem blong", "rem-blong"),
        ("rem blong", "rem\nblong"),
        ("#recall", "Now #Recall."),
        ("#recall", "＃recall"),
        ("#café", "#cafe"),
    ],
)
def test_the_same_word_is_found_however_it_is_written(term: str, text: str) -> None:
    assert finds(term, text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("ford", "afford it"),
        ("ford", "Fordham"),
        ("ford", "clifford"),
        ("toyota", "@toyota_indonesia"),
        ("toyota", "toyota2u"),
        ("rem blong", "blong rem"),
        ("rem blong", "rem yang blong"),
        ("#recall", "recall"),
        ("#recall", "#recalls"),
        ("#recall", "#recall_now"),
        ("#recall", "news#recall"),  # no hashtag: nothing may stand before the mark
        ("c++", "abc++"),
        ("bmw", ""),
    ],
)
def test_other_words_are_not(term: str, text: str) -> None:
    assert not finds(term, text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("トヨタ", "新しいトヨタが欲しい"),
        ("ﾄﾖﾀ", "トヨタ"),  # half width
        ("丰田", "我的丰田汽车坏了"),
        ("豐田", "買了豐田。"),
        ("toyota", "新しいtoyotaが好き"),
        ("โตโยต้า", "รถโตโยต้าของฉัน"),
        ("도요타", "도요타가 리콜"),
        ("도요타", "신형 도요타는"),
        ("toyota", "신형 toyota가"),
        ("टोयोटा", "मेरी टोयोटा गाड़ी"),
        ("تويوتا", "سيارة تُويُوتا"),  # vowel marks
        ("تويوتا", "تويـــوتا"),  # stretched
        ("#トヨタ", "今日 #トヨタ です"),
    ],
)
def test_scripts_without_spaces_and_with_particles(term: str, text: str) -> None:
    assert finds(term, text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("टोयोट", "टोयोटा"),  # a vowel sign belongs to the word
        ("도요타", "구도요타"),
        ("#トヨタ", "#トヨタ車"),
        ("丰田", "丰 田"),
    ],
)
def test_they_too_have_words_of_their_own(term: str, text: str) -> None:
    assert not finds(term, text)


@pytest.mark.parametrize("text", ["mobilnya rusak", "mobilku", "Mobil-mobil itu", "mobilkah ini"])
def test_indonesian_particles_belong_to_the_word(text: str) -> None:
    assert finds("mobil", text)


@pytest.mark.parametrize(
    ("term", "text"),
    [("mobil", "mobilisasi"), ("mobil", "automobil"), ("us", "usku"), ("#mobil", "#mobilnya")],
)
def test_other_endings_do_not(term: str, text: str) -> None:
    assert not finds(term, text)


def test_one_of_the_alternatives_is_enough() -> None:
    terms = Terms(words=("toyota",), phrases=("rem blong",), hashtags=("recall",))
    assert [missing(terms, text) for text in ("toyota", "rem blong", "#recall")] == [None] * 3
    assert missing(terms, "honda") == Miss("terms")


def test_a_competitor_must_occur_too() -> None:
    terms = Terms(words=("toyota",), beside=("ford", "general motors", "#gm"))
    assert missing(terms, "Toyota against Ford") is None
    assert missing(terms, "toyota or General Motors?") is None
    assert missing(terms, "toyota #GM") is None
    assert missing(terms, "toyota only") == Miss("beside")
    assert missing(terms, "ford only") == Miss("terms")


def test_what_must_not_occur_is_named() -> None:
    terms = Terms(words=("toyota",), without=("giveaway", "for sale"))
    assert missing(terms, "Toyota FOR SALE") == Miss("without", "for sale")
    assert missing(terms, "a toyota Giveaway") == Miss("without", "giveaway")
    assert missing(terms, "a toyota") is None


def test_a_language_holds_where_it_is_known() -> None:
    terms = Terms(words=("toyota",), language="id")
    assert missing(terms, "toyota", language="id") is None
    assert missing(terms, "toyota", language="en") == Miss("language")
    assert missing(terms, "toyota!!!", language="") is None


def test_no_text_and_no_term_can_keep_us_busy() -> None:
    hostile = [
        "a" * 100_000,
        "#" * 50_000,
        "rem " * 30_000,
        "e\u0301" * 30_000,
        "\u0300" * 60_000,
        "nya" * 30_000,
        "\u200b" * 60_000,
    ]
    terms = Terms(words=("aaaa(", "[a-z]*", "a|b", "\\"), phrases=("rem  blong", "( ["))
    begun = time.thread_time()  # of our own work: others may be busy
    for text in hostile:
        missing(terms, text)
    assert time.thread_time() - begun < 2
    assert missing(Terms(words=("[a-z]*",)), "abc") == Miss("terms")
