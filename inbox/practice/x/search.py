"""The query language of recent search, turned into SQL over posts `p`.

https://docs.x.com/x-api/posts/search/integrate/operators
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class BadQuery(ValueError):
    """The query cannot be understood; the message says where."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition and its values."""

    sql: str
    values: tuple[Any, ...] = ()


TOKEN = re.compile(r'\s*(?:(?P<mark>[()])|(?P<minus>-)|"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+))')


def compile_query(query: str) -> Sql:
    """Return the condition that `query` stands for. Raises BadQuery."""
    parser = _Parser(_tokens(query))
    found = parser.any_of()
    if parser.rest:
        raise BadQuery(f"unexpected {parser.rest[0][1]!r}")
    return found


def _tokens(query: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    query = query.rstrip()
    while position < len(query):
        match = TOKEN.match(query, position)
        if match is None:
            raise BadQuery(f"cannot read {query[position:]!r}")
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        position = match.end()
    return tokens


class _Parser:
    """Alternatives (OR) bind less than what stands side by side; `-` negates one thing."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.rest = tokens

    def any_of(self) -> Sql:
        parts = [self.all_of()]
        while self.rest[:1] == [("word", "OR")]:
            self.rest.pop(0)
            parts.append(self.all_of())
        return _join(" OR ", parts)

    def all_of(self) -> Sql:
        parts = []
        while self.rest and self.rest[0] not in (("mark", ")"), ("word", "OR")):
            parts.append(self.one())
        if not parts:
            raise BadQuery("something is missing")
        return _join(" AND ", parts)

    def one(self) -> Sql:
        kind, value = self.rest.pop(0)
        if kind == "minus":
            if not self.rest:
                raise BadQuery("nothing after -")
            inner = self.one()
            return Sql(f"NOT ({inner.sql})", inner.values)
        if kind == "mark":
            inner = self.any_of()
            if self.rest[:1] != [("mark", ")")]:
                raise BadQuery("a bracket is not closed")
            self.rest.pop(0)
            return inner
        return _words(value) if kind == "phrase" else _term(value)


def _join(joint: str, parts: list[Sql]) -> Sql:
    if len(parts) == 1:
        return parts[0]
    sql = "(" + joint.join(f"({part.sql})" for part in parts) + ")"
    return Sql(sql, tuple(value for part in parts for value in part.values))


def _term(word: str) -> Sql:
    operator, colon, value = word.partition(":")
    if colon and operator.lower() in OPERATORS:
        return OPERATORS[operator.lower()](value)
    if colon and operator.isidentifier() and not value.startswith("//"):
        raise BadQuery(f"Reference to invalid operator '{operator}'")
    if word.startswith("@"):
        return Sql(
            "p.id IN (SELECT post_id FROM mentions WHERE handle_key = ?)", (word[1:].lower(),)
        )
    return _words(word)


def _words(text: str) -> Sql:
    """Match whole words, in order, whatever their case; has_words comes with the store."""
    if not text.strip():
        raise BadQuery("empty words")
    return Sql("has_words(p.text, ?)", (text.strip(),))


def _user(column: str) -> Callable[[str], Sql]:
    someone = "(SELECT id FROM users WHERE handle_key = ? OR CAST(id AS TEXT) = ?)"

    def build(value: str) -> Sql:
        handle = value.removeprefix("@").lower()
        return Sql(f"p.{column} = {someone}", (handle, handle))

    return build


def _number(sql: str) -> Callable[[str], Sql]:
    def build(value: str) -> Sql:
        if not value.isdecimal():
            raise BadQuery(f"{value!r} is not an id")
        return Sql(sql, (int(value),))

    return build


def _kind(value: str) -> Sql:
    kinds = {"reply": "p.parent_id IS NOT NULL", "quote": "p.quoted_id IS NOT NULL"}
    # Nobody reposts here.
    kinds["retweet"] = "1 = 0"
    if value.lower() not in kinds:
        raise BadQuery(f"Reference to invalid field 'is:{value}'")
    return Sql(kinds[value.lower()])


_VERSIONS = "(SELECT id FROM posts WHERE first_id = (SELECT first_id FROM posts WHERE id = ?))"
OPERATORS: dict[str, Callable[[str], Sql]] = {
    "from": _user("author_id"),
    "to": _user("parent_author_id"),
    "conversation_id": _number("p.conversation_id = ?"),
    "in_reply_to_tweet_id": _number(f"p.parent_id IN {_VERSIONS}"),
    "quotes_of_tweet_id": _number(f"p.quoted_id IN {_VERSIONS}"),
    "is": _kind,
    "lang": lambda value: Sql("p.lang = ?", (value.lower(),)),
}


def has_words(text: str, wanted: str) -> bool:
    """Say whether `wanted` occurs in `text` as whole words."""
    text, wanted = text.casefold(), " ".join(wanted.casefold().split())
    if wanted not in text:
        return False
    return re.search(rf"(?<![\w@]){re.escape(wanted)}(?!\w)", text) is not None
