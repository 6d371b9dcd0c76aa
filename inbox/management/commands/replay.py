"""`python manage.py replay FILE.csv --as @brand`: play real posts on the practice network."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox.lib.errors import DomainError
from inbox.models import Channel
from inbox.practice.x import recording
from inbox.practice.x.playback import NetworkTrouble, Playback, Progress

REPORT_EVERY_SECONDS = 2.0
NETWORK = "x"


class Command(BaseCommand):
    help = (
        "Plays a CSV of real posts (created_at, author, text, and if there are any post_id, "
        "in_reply_to, followers) on the practice network, with their own times and authors. "
        "Posts played before are not played again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="brand", required=True, help="the brand's handle")
        parser.add_argument(
            "--speed",
            type=read_speed,
            default=60.0,
            help="how many times the real pace (default 60; long silences are cut), or max",
        )
        parser.add_argument("--network-url", default="", help="http://127.0.0.1:PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = options["brand"].removeprefix("@")
        url = options["network_url"] or practice_url()
        posts = read_recording(options["file"], brand)
        playback = Playback(url, posts)
        try:
            playback.make_account(brand)
            self._connect(brand, url)
            self._play(playback, options["speed"])
        except NetworkTrouble as exc:
            raise CommandError(str(exc)) from exc
        except KeyboardInterrupt:
            self.stdout.write("Stopped; the same command goes on from here.")
        finally:
            playback.close()
        self._sum_up(playback, brand)

    def _connect(self, brand: str, url: str) -> None:
        """Connect the brand's channel to this desk, if the desk is on that practice network."""
        if not settings.PRACTICE_NETWORK or url != settings.NETWORKS[NETWORK]["api_url"]:
            self.stdout.write(f"This desk is not on {url}, so no channel was connected here.")
            return
        if Channel.objects.filter(network=NETWORK, handle__iexact=brand, is_practice=True).exists():
            return
        # Whoever only plays needs none of what connecting loads.
        from inbox.operations.practice import connect_practice_channel

        try:
            channel = connect_practice_channel(handle=brand, by=None)
        except DomainError as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"Connected the channel {channel}.")

    def _play(self, playback: Playback, speed: float | None) -> None:
        last = 0.0

        def report(progress: Progress) -> None:
            nonlocal last
            if time.monotonic() - last < REPORT_EVERY_SECONDS:
                return
            last = time.monotonic()
            moment = datetime.fromtimestamp(progress.at / 1000, UTC)
            done = progress.imported + progress.known
            self.stdout.write(f"{done:,} of {progress.total:,} posts, {moment:%d %b %Y %H:%M}")

        playback.run(speed, report)

    def _sum_up(self, playback: Playback, brand: str) -> None:
        progress, posts = playback.progress, playback.recording
        self.stdout.write(
            f"{progress.total:,} posts read, {progress.imported:,} imported, "
            f"{progress.known:,} already there, {posts.mentioning(brand):,} mention @{brand}."
        )
        if posts.skipped:
            self.stdout.write(f"{posts.skipped:,} rows left out: no text, author or time.")


def read_speed(word: str) -> float | None:
    """Read `max` or a number above 0."""
    if word == "max":
        return None
    try:
        speed = float(word)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{word!r} is neither max nor a number above 0")
    return speed


def practice_url() -> str:
    """Return where this desk's practice network is. Raises CommandError if there is none."""
    if not settings.PRACTICE_NETWORK:
        raise CommandError(
            "This desk is not on a practice network, and posts are never replayed on a real one. "
            "Start `python manage.py demo`, or name a practice network with --network-url."
        )
    return str(settings.NETWORKS[NETWORK]["api_url"])


def read_recording(path: Path, brand: str) -> recording.Recording:
    """Read the file. Raises CommandError, also if nobody in it mentions `brand`."""
    try:
        posts = recording.read(path)
    except recording.BadRecording as exc:
        raise CommandError(str(exc)) from exc
    if not posts.mentioning(brand):
        found = posts.most_mentioned(5)
        listed = ", ".join(f"@{handle} ({count:,})" for handle, count in found)
        advice = f"Most mentioned: {listed}; use --as with one of them." if found else ""
        raise CommandError(f"No post in {path.name} mentions @{brand}. {advice}".strip())
    return posts
