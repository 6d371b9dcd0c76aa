"""Terms of a search in X's own query language.

https://docs.x.com/x-api/posts/search/integrate/build-a-query
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from inbox.lib.terms import Terms

LONGEST = 512  # characters, for all who pay by use
# https://docs.x.com/x-api/posts/search/integrate/operators: the values that `lang:` takes
_LANGUAGES = """
    am ar bg bn ca cs cy da de el en es et eu fa fi fr gu hi ht hu hy is it ja ka km kn ko lo lt lv
    ml mr my ne nl no or pa pl ps pt ro ru sd si sk sl sr sv ta te th tl tr ug uk ur vi zh
"""
LANGUAGES = frozenset(_LANGUAGES.split())
OLD_CODES = {"id": "in", "he": "iw"}  # X kept the codes that ISO has replaced


def compile_query(terms: Terms) -> str:
    """Return the query that finds what has `terms`, and more where X cannot say it exactly.

    Reposts are left out: they say what their post says. A language that X does not tell from
    others is not asked for.
    """
    parts = [_any_of(terms.alternatives)]
    if terms.beside:
        parts.append(_any_of(terms.beside))
    parts += [f"-{_term(term)}" for term in terms.without]
    language = OLD_CODES.get(terms.language, terms.language)
    if language in LANGUAGES or terms.language in OLD_CODES:
        parts.append(f"lang:{language}")
    return " ".join([*parts, "-is:retweet"])


def _any_of(terms: Iterable[str]) -> str:
    found = [_term(term) for term in terms]
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def _term(term: str) -> str:
    """Return a term as X reads it; what could be taken for an operator is quoted."""
    is_plain = re.fullmatch(r"#?\w+", term) and term not in ("OR", "AND")
    return term if is_plain else '"' + term.replace('"', " ").strip() + '"'
