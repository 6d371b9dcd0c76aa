"""Which language a message is in, from short and sloppy text.

py3langid (https://github.com/adbar/py3langid) scores the languages that a desk meets; the hint
of the network and a few tell-tale words decide where a handful of letters cannot. Its model
is loaded at the first message (half a second, about 60 MB with numpy) and then costs 0.08 ms
a message.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from inbox.triage.text import strip_noise

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_DESK_LANGUAGES = """
    am ar bn cs da de el en es fa fi fr gu he hi hu hy id it ja jv ka km kn ko lo ml mr ms my ne nl
    no pa pl pt ro ru si su sv ta te th tl tr uk ur vi zh
"""
DESK_LANGUAGES = frozenset(_DESK_LANGUAGES.split())
# What networks say instead of a language: nothing known, or codes that have been replaced.
# https://docs.x.com/x-api/fundamentals/data-dictionary (X still writes "in" for Indonesian)
_RENAMED = {"in": "id", "iw": "he", "jw": "jv", "fil": "tl", "nb": "no", "nn": "no", "zxx": ""}

SURE = 0.9  # from here on the text outweighs the network's hint
LIKELY = 0.5  # from here on a text that has no hint gets a language
_NEIGHBOURS = frozenset({"id", "ms", "jv", "su", "tl"})  # too alike to tell apart by letters
_LATIN = frozenset({
    "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pl", "pt", "ro", "sv", "tr",
    "vi",
}) | _NEIGHBOURS  # fmt: skip
MAX_LETTERS = 300  # more tells no more, and the time grows with it

_loading = Lock()

_LETTERS = re.compile(r"[^\W\d_]+")
_LAUGHTER = re.compile(r"(?:wk){2,}w?k?|(?:ha|he|hi|xi){2,}h?|(?:kk){2,}k?|lo+l|hm+", re.IGNORECASE)

# Everyday words that belong to one of the languages that short texts are mistaken for.
_MARKERS = {
    "en": """
        the of to and you your my we is are it this that for with thanks thank please help any
        not yes sure what why when where how have has been still can absolutely there
        hello sorry great good flight phone ok okay
        """,
    "id": """
        gak nggak ngga enggak gk kagak banget bgt dong sih kok gimana gmn kenapa udah udh aja doang
        nih tuh deh kak min mimin bang mbak mas gue gua lu kalian bisa karena tidak belum blm
        dengan yang yg dan untuk sudah saya anda tolong mohon terima kasih makasih kapan bagaimana
        kecewa parah lemot gangguan pesanan pelayanan respon juga dari tadi lagi apa ini mantap
        bagus marah
        """,
    "ms": """
        awak korang kerana teruk macam mcm nak takde takda khabar lembap tengok cakap bila encik
        cik kepada servis seronok pening kitaorang diorang camne camana je la nie ni
        """,
    "jv": """
        ora iki iku kuwi opo piye kowe wes wis sampeyan panjenengan nggih mboten matur nuwun suwun
        durung ngopo kabeh iso arep kulo gawe sing karo saiki dadi
        """,
    "su": """
        abdi teu tiasa kumaha naha atuh euy hatur nuhun sareng anjeun urang pisan wae teh mah
        henteu bade tos kunaon kitu kieu punten moal acan geus
        """,
    "hi": """
        nahi nahin karo kya hain bhi aur hua kyu kyun karna raha rahe rahi chahiye bharat
        desh tum aap mera
        """,
}
_MARKED = {word: code for code, words in _MARKERS.items() for word in words.split()}


def detect_language(text: str, hint: str = "") -> str:
    """Return the ISO 639-1 code of the language of `text`, "" if there is too little to tell.

    hint: what the network says, in any spelling ("in", "en-US", "und", "").
    """
    hinted = _known(hint)
    plain = strip_noise(text[: 4 * MAX_LETTERS]).replace("#", " ").lower()
    words = [word for word in _LETTERS.findall(plain) if not _LAUGHTER.fullmatch(word)]
    if not words:
        return ""
    scores = dict(_identifier().rank(" ".join(words)[:MAX_LETTERS]))
    best, sureness = _best(scores, words)
    if best == hinted or sureness >= SURE:
        return best
    if hinted and not (best in _NEIGHBOURS and hinted in _NEIGHBOURS):
        return hinted
    return best if sureness >= LIKELY else hinted


def _known(hint: str) -> str:
    code = hint.lower().replace("_", "-").split("-")[0]
    code = _RENAMED.get(code, code)
    return code if code in DESK_LANGUAGES else ""


def _best(scores: dict[str, float], words: list[str]) -> tuple[str, float]:
    """Return the likeliest language and how sure that is, minding tell-tale words."""
    best = max(scores, key=scores.__getitem__)
    if best not in _LATIN or (best not in _NEIGHBOURS and scores[best] >= SURE):
        return best, scores[best]
    counts = Counter(code for code in map(_MARKED.get, words) if code)
    if counts:
        marked = max(counts, key=lambda code: (counts[code], scores.get(code, 0.0)))
        if best in _NEIGHBOURS or counts[marked] * 4 >= len(words):
            return marked, min(1.0, 0.6 + 0.2 * counts[marked])
    if best in {"ms", "jv"} and scores[best] < SURE:
        return "id", scores["id"] + scores["ms"] + scores["jv"]
    return best, scores[best]


def _identifier() -> LanguageIdentifier:
    with _loading:  # or threads that start together would each load the model
        return _load()


@cache
def _load() -> LanguageIdentifier:
    """Return an identifier that holds the columns of our languages alone, a third of the model.

    `set_languages` of the library would keep the others as well, to go back to them.
    """
    # Here, because numpy comes along, and only who reads messages needs it.
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
    from py3langid.modelio import load_model

    weights, priors, codes, moves, rows, outputs = load_model(MODEL_DIR / MODEL_FILE)
    ours = [column for column, code in enumerate(codes) if code in DESK_LANGUAGES]
    return LanguageIdentifier(
        weights.take(ours, axis=1),
        priors[ours],
        [codes[column] for column in ours],
        moves,
        array("i", outputs),  # 4 bytes a state; as a list of numbers it is 40
        norm_probs=True,
        tk_row=rows,
    )
