"""Plays a recording on a running practice network, at its own pace or as fast as it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from inbox.practice.x.recording import Entry, Recording

BATCH = 1000
# At a pace, what falls due within this many seconds is sent together.
TICK_SECONDS = 0.25
# Nobody waits for the years between two posts of a recording: longer silences are cut to this.
MAX_WAIT_SECONDS = 30.0


class NetworkTrouble(Exception):
    """The practice network does not answer, or refuses; the message says what."""


@dataclass
class Progress:
    """How far a playback is."""

    total: int
    imported: int = 0
    known: int = 0
    at: int = 0  # the time of the newest post, in milliseconds since 1970


class Playback:
    """One playing of one recording. Posts that the network has already are not played again."""

    def __init__(self, url: str, recording: Recording) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.recording = recording
        self.progress = Progress(total=len(recording.entries))

    def make_account(self, handle: str) -> None:
        """Create the brand's account if the network does not have it."""
        self._post("/practice/users", {"handle": handle})

    def run(self, speed: float | None, report: Callable[[Progress], None]) -> Progress:
        """Play at `speed` times the real pace, or all at once for None. Raises NetworkTrouble.

        At a pace, silences of more than MAX_WAIT_SECONDS are cut.
        """
        missing = self._missing()
        self.progress.known = self.progress.total - len(missing)
        for batch in self._batches(missing, speed):
            answer = self._post("/practice/posts", {"posts": [entry.as_item() for entry in batch]})
            self.progress.imported += answer["imported"]
            self.progress.known += answer["known"]
            self.progress.at = batch[-1].at
            report(self.progress)
        return self.progress

    def _missing(self) -> list[Entry]:
        entries, known = self.recording.entries, set()
        for start in range(0, len(entries), BATCH * 5):
            keys = [entry.key for entry in entries[start : start + BATCH * 5]]
            known |= set(self._post("/practice/posts/known", {"keys": keys})["known"])
        return [entry for entry in entries if entry.key not in known]

    def _batches(self, entries: list[Entry], speed: float | None) -> Iterator[list[Entry]]:
        if speed is None:
            for start in range(0, len(entries), BATCH):
                yield entries[start : start + BATCH]
            return
        began = time.monotonic()
        done = 0
        while done < len(entries):
            reached = entries[0].at + (time.monotonic() - began + TICK_SECONDS) * 1000 * speed
            due = done
            while due < len(entries) and entries[due].at <= reached and due - done < BATCH:
                due += 1
            if due > done:
                yield entries[done:due]
                done = due
                continue
            wait = (entries[done].at - entries[0].at) / 1000 / speed - (time.monotonic() - began)
            began -= max(0.0, wait - MAX_WAIT_SECONDS)
            time.sleep(max(0.0, min(wait, MAX_WAIT_SECONDS)))

    def _post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        try:
            answer = self._http.post(path, json=body)
        except httpx.TransportError as exc:
            raise NetworkTrouble(
                f"The practice network at {self._http.base_url} does not answer."
            ) from exc
        if answer.is_error:
            raise NetworkTrouble(f"The practice network refused {path}: {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    def close(self) -> None:
        self._http.close()
