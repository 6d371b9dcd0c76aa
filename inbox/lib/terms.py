"""What a search listens for, as plain values: words, phrases, hashtags, and what must not occur."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """One of `words`, `phrases` or `hashtags`; beside one of `beside`; and none of `without`.

    hashtags: without their mark. beside: what must occur too, such as a competitor's name; like
    `without` it takes words, phrases ("with spaces") and hashtags ("#so"). language: ISO 639-1,
    "" for any.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    language: str = ""

    @property
    def alternatives(self) -> tuple[str, ...]:
        """All of which one is enough, hashtags with their mark."""
        return (*self.words, *self.phrases, *(f"#{tag}" for tag in self.hashtags))
