"""What an IMAP server answers to FETCH, from bytes to nested lists.

https://www.rfc-editor.org/rfc/rfc3501#section-4: atoms, quoted strings, literals, lists, NIL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_TOKEN = re.compile(rb'[()]|"(?:\\.|[^"\\])*"|[^\s()"]+')
_LITERAL = re.compile(rb"\{\d+\+?\}$")
_START = re.compile(rb"\d+ \(")
DEEPEST = 100

# As imaplib gives it: a line, or a line that announces a literal together with that literal.
Piece = bytes | tuple[bytes, bytes] | None


def fetched(pieces: Iterable[Piece]) -> Iterator[dict[str, Any]]:
    """Return the attributes of each message in an answer to FETCH, by their upper-case names.

    Values are bytes, None (NIL) or lists of them. What is no such answer is left out.
    """
    for group in _grouped(pieces):
        found = parsed(group)
        items = next((part for part in found if isinstance(part, list)), [])
        names = [bytes(name).decode("ascii", "replace").upper() for name in _named(items[::2])]
        yield dict(zip(names, items[1::2], strict=False))


def parsed(pieces: Iterable[Piece]) -> list[Any]:
    """Return the nested lists that a line with its literals spells. Never fails: it is cut."""
    root: list[Any] = []
    open_lists = [root]
    for token, is_literal in _tokens(pieces):
        if is_literal:
            open_lists[-1].append(token)
        elif token == b"(":
            if len(open_lists) > DEEPEST:
                return root
            made: list[Any] = []
            open_lists[-1].append(made)
            open_lists.append(made)
        elif token == b")":
            if len(open_lists) > 1:
                open_lists.pop()
        elif token.startswith(b'"'):
            open_lists[-1].append(re.sub(rb"\\(.)", rb"\1", token[1:-1]))
        else:
            open_lists[-1].append(None if token.upper() == b"NIL" else token)
    return root


def _grouped(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Return the pieces of one message at a time."""
    group: list[Piece] = []
    for piece in pieces:
        line = piece[0] if isinstance(piece, tuple) else piece
        if line is not None and _START.match(line) and group:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _tokens(pieces: Iterable[Piece]) -> Iterator[tuple[bytes, bool]]:
    for piece in pieces:
        if piece is None:
            continue
        line, literal = piece if isinstance(piece, tuple) else (piece, None)
        if literal is not None:
            line = _LITERAL.sub(b"", line)
        for token in _TOKEN.findall(line):
            yield token, False
        if literal is not None:
            yield literal, True


def _named(items: Iterable[Any]) -> Iterator[bytes]:
    return (item if isinstance(item, bytes) else b"?" for item in items)
