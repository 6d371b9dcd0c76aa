"""The whole product as a user starts it: `manage.py demo` in a folder of its own, and a browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from crisisdesk.settings import BASE_DIR, DATABASES
from tests.chaos.stack import wait_for
from tests.crisisdesk.runner.processes import clean_env
from tests.ports import free_port

START_WITHIN = 90.0  # seconds on a busy machine


def chromium() -> str:
    """Return a Chromium binary, or skip: browsers are not Python packages."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip("no Chromium in PATH; install the package “chromium” to run browser tests")
    return found


class Demo:
    """A running demo: addresses, passwords by user name, and what it printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.output: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.output.append(line)

    @property
    def text(self) -> str:
        return "".join(self.output)

    @property
    def url(self) -> str:
        return self._address("The desk:")

    @property
    def public_url(self) -> str:
        return self._address("What the public sees:")

    def _address(self, words: str) -> str:
        found = re.search(rf"{re.escape(words)}\s+(http://\S+?)/\s", self.text)
        assert found, self.text
        return found.group(1)

    def password(self, username: str) -> str:
        found = re.search(
            rf"^.*\b{username} +(?:agent|manager|admin|auditor) +(\S+)$", self.text, re.M
        )
        assert found, self.text
        return found.group(1)


@contextmanager
def running_demo(data: Path, *arguments: str) -> Iterator[Demo]:
    """Run the demo on free ports until the block ends; it must then stop by itself."""
    command = [sys.executable, "manage.py", "demo", "--port", str(free_port()), "--data", str(data)]
    with _database() as environment:
        demo = Demo(
            subprocess.Popen(
                [*command, *arguments],
                cwd=BASE_DIR,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        yield from _until_stopped(demo)


def _until_stopped(demo: Demo) -> Iterator[Demo]:
    try:
        wait_for(
            lambda: "READY" in demo.text or demo.process.poll() is not None,
            within=START_WITHIN,
            what="the demo's READY line",
        )
        assert demo.process.poll() is None, demo.text
        yield demo
    finally:
        demo.process.send_signal(signal.SIGTERM)
        demo.process.wait(timeout=40)


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    """Yield our environment, with a database of the demo's own on the engine under test."""
    environment = clean_env()
    database: dict[str, Any] = DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        yield environment
        return
    server = (
        f"postgresql://{database['USER']}:{database['PASSWORD']}"
        f"@{database['HOST']}:{database['PORT'] or 5432}"
    )
    name = f"demo_{os.getpid()}"
    with psycopg.connect(f"{server}/{database['NAME']}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield environment | {"DATABASE_URL": f"{server}/{name}"}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
