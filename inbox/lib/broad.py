"""Terms that would match nearly everything: refused before they cost money and bury the queue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from inbox.lib.matching import fold
from inbox.lib.terms import Terms

_WORDS = """
    a an the and or but if of to in on at by for from with as is are was were be been am i me my
    you your he she it its we us our they them their this that these those not no yes so do does
    did have has had will would can could what when where who why how all any just now get got
    rt via http https www com
    dan atau yang di ke dari ini itu untuk dengan pada adalah ada tidak tak bukan ya yg dgn utk
    saya aku gue gua kamu anda kita kami dia mereka nya juga sudah udah sdh akan bisa lagi aja
    saja kalau kalo karena oleh dalam lebih sangat banyak apa siapa mana kapan gak ga nggak enggak
    kok sih dong deh tapi jadi sama kak min bang
    akan boleh dan dengan itu ini kepada la
    el la los las un una y o de del que en por para con no es se lo su
    le les des du et ou un une est que qui dans pour pas sur au ce il elle je tu nous vous
    der die das den dem ein eine und oder ist nicht mit von zu im auf ich du er sie wir ihr es
    de het een en of van is niet met op te dat die ik je
    o os as um uma e ou do da dos das que em por para com nao
    il lo gli i una e di del della che in per con non
    bir ve bu da de ile icin
    και το τα η ο и в на не что я с по это
    और का की के है में से को यह
    من في على و ما لا هذا
    的 了 是 我 在 有 不 人 の に は を が と で も 은 는 이 가 을 를
"""
COMMON = frozenset(fold(word) for word in _WORDS.split())
_HASHTAG = re.compile(r"[^\W_]*\w*[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with the terms. term: the one that is meant, "" for all of them."""

    code: Literal["nothing", "short", "common", "hashtag", "contradiction"]
    term: str = ""


def flaws(terms: Terms) -> list[Flaw]:
    """Return why nobody should search for `terms`, nothing if one may."""
    if not terms.alternatives:
        return [Flaw("nothing")]
    found = [Flaw("hashtag", f"#{tag}") for tag in terms.hashtags if not _HASHTAG.fullmatch(tag)]
    barred = {fold(term) for term in terms.without}
    for term in (*terms.words, *terms.phrases, *terms.beside):
        if flaw := _flaw(term):
            found.append(flaw)
        elif fold(term) in barred:
            found.append(Flaw("contradiction", term))
    return found


def _flaw(term: str) -> Flaw | None:
    parts = [re.sub(r"\W", "", word) for word in fold(term).split()]
    if not "".join(parts) or len("".join(parts)) == 1:
        return Flaw("short", term)
    if all(part in COMMON or len(part) < 2 for part in parts):
        return Flaw("common", term)
    return None
