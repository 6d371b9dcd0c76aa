"""Markup put together from facts, for the few places where there are hundreds on a page."""

from __future__ import annotations

from html import escape

from django.utils.safestring import SafeString

Fact = str | int

_READY = (SafeString, int)


def fill(pattern: str, *parts: Fact, **facts: Fact) -> SafeString:
    """Django's `format_html` for plain strings and numbers; what lazy ones need costs it most.

    Everything is escaped that is not markup already.
    """
    return SafeString(
        pattern.format(*map(_safe, parts), **{name: _safe(fact) for name, fact in facts.items()})
    )


def _safe(fact: Fact) -> Fact:
    return escape(fact) if fact and not isinstance(fact, _READY) else fact  # type: ignore[arg-type]
