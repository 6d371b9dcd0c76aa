"""A CSV file of real posts, read and put in order, to be played on the practice network."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inbox.practice.x import imports, users
from inbox.practice.x import text as rules

NEEDED = ("created_at", "author", "text")
# What networks escape in the texts they hand out; recordings hold such texts.
ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
MAX_FIELD = 1_000_000


class BadRecording(ValueError):
    """The file cannot be played; the message says why and what to do."""


@dataclass(slots=True)
class Entry:
    """One post of a recording. `at` is in milliseconds since 1970, `in_reply_to` a key."""

    key: str
    author: str
    text: str
    at: int
    in_reply_to: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def as_item(self) -> dict[str, Any]:
        """Return the entry as the network imports it."""
        return {
            "key": self.key,
            "author": self.author,
            "text": self.text,
            "created_at": self.at,
            "in_reply_to": self.in_reply_to,
            **self.facts,
        }


@dataclass
class Recording:
    """Posts in the order to play them; `skipped` rows had no text, no author or no time."""

    entries: list[Entry]
    skipped: int

    def mentioning(self, handle: str) -> int:
        """Return how many posts by others mention `handle`."""
        wanted = handle.lower()
        return sum(
            entry.author.lower() != wanted
            and wanted in (name.lower() for name in rules.mentions(entry.text))
            for entry in self.entries
        )

    def most_mentioned(self, number: int) -> list[tuple[str, int]]:
        """Return the handles that occur in most posts, with how many."""
        spelled: dict[str, str] = {}
        counted: Counter[str] = Counter()
        for entry in self.entries:
            names = {name.lower(): name for name in rules.mentions(entry.text)}
            counted.update(names.keys())
            spelled = names | spelled
        return [(spelled[name], count) for name, count in counted.most_common(number)]


def read(path: Path) -> Recording:
    """Read a recording. Raises BadRecording."""
    csv.field_size_limit(MAX_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _check_columns(path, reader.fieldnames or [])
            rows = list(reader)
    except OSError as exc:
        raise BadRecording(f"{path} cannot be read: {exc.strerror}") from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise BadRecording(f"{path} is not a CSV file in UTF-8: {exc}") from exc
    entries = [entry for row in rows if (entry := _entry(row)) is not None]
    return Recording(_in_order(_with_parents(entries)), len(rows) - len(entries))


def _check_columns(path: Path, names: Iterable[str]) -> None:
    for column in NEEDED:
        if column not in names:
            raise BadRecording(
                f"{path.name} has no column “{column}”; it has: {', '.join(names) or 'none'}"
            )


def _entry(row: dict[str, str | None]) -> Entry | None:
    """Read a row; None if it says nothing, or not who or when."""
    author, text = clean_author(row.get("author") or ""), (row.get("text") or "").strip()
    try:
        at = imports.parse_time(row["created_at"])
    except (ValueError, TypeError):
        at = None
    if not author or not text or at is None:
        return None
    post_id = row.get("post_id") or hashlib.sha256(f"{at}{author}{text}".encode()).hexdigest()[:20]
    facts: dict[str, Any] = {}
    if (row.get("followers") or "").isdecimal():
        facts["followers"] = int(row["followers"] or 0)
    if row.get("name"):
        facts["name"] = row["name"]
    for escaped, plain in ESCAPES.items():
        text = text.replace(escaped, plain)
    # The parent's key needs the parent's author; until all rows are read its id must do.
    return Entry(
        f"{author.lower()}/{post_id}", author, text, at, row.get("in_reply_to") or "", facts
    )


def clean_author(name: str) -> str:
    """Return `name` as a handle. A name that cannot be one is shortened and marked by a digest."""
    name = name.strip().removeprefix("@")
    try:
        return users.clean_handle(name) if name else ""
    except users.BadHandle:
        word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:8]
        return f"{word}_{hashlib.sha256(name.encode()).hexdigest()[:6]}".lstrip("_")


def _with_parents(entries: list[Entry]) -> list[Entry]:
    """Turn the ids of parents into keys; a parent that is not in the file is left out."""
    keys = {entry.key.partition("/")[2]: entry.key for entry in entries}
    for entry in entries:
        entry.in_reply_to = keys.get(entry.in_reply_to, "")
    return entries


def _in_order(entries: list[Entry]) -> list[Entry]:
    """Sort by time, but never a reply before what it answers."""
    known = {entry.key: entry for entry in entries}
    place: dict[str, tuple[int, int]] = {}
    for entry in entries:
        _settle(entry, known, place)
    return sorted(entries, key=lambda entry: place[entry.key])


def _settle(entry: Entry, known: dict[str, Entry], place: dict[str, tuple[int, int]]) -> None:
    """Give `entry` and all above it their places: (time, generation), none before its parent's."""
    line: list[Entry] = []
    at: Entry | None = entry
    while at is not None and at.key not in place:
        # A circle of answers has no first post: it is cut where it closes.
        place[at.key] = (at.at, 0)
        line.append(at)
        at = known.get(at.in_reply_to)
    for child in reversed(line):
        parent = place.get(child.in_reply_to)
        if parent is not None:
            place[child.key] = (
                (parent[0], parent[1] + 1) if parent[0] >= child.at else (child.at, 0)
            )
