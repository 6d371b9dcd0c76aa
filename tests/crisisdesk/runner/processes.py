"""Real processes for tests: small children, and a whole desk on a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from crisisdesk.runner.children import BASE_DIR
from tests.ports import free_port

# What would make a child share keys, database or Redis with the test run.
_OURS = ("SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "CRISISDESK_DATA", "SITE_URL")


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait until `condition` holds; False if it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid: int) -> bool:
    """Does the process run? A zombie that nobody has collected does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def clean_env(**extra: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _OURS} | extra


def manage(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a management command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=clean_env(**extra),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class RunningDesk:
    """`manage.py demo` or `serve`, started; use as a context manager, so that it always ends."""

    def __init__(self, command: str, data: Path, *options: str) -> None:
        self.port = free_port()
        self.output: list[str] = []
        arguments = [command, "--port", str(self.port), "--data", str(data), *options]
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env=clean_env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.output.extend(line.rstrip() for line in self.process.stdout)

    def __enter__(self) -> RunningDesk:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def text(self) -> str:
        return "\n".join(self.output)

    def says(self, words: str, seconds: float = 60.0) -> bool:
        """Wait until the desk has printed `words`."""
        return until(lambda: words in self.text or self.process.poll() is not None, seconds) and (
            until(lambda: words in self.text, 1.0)
        )

    def children(self) -> dict[int, str]:
        """Return the process ids of the children with their command lines."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {
            int(pid): Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            for pid in pids.split()
        }

    def child(self, words: str) -> int:
        """Return the process id of the child whose command line holds `words`."""
        return next(pid for pid, command in self.children().items() if words in command)

    def stop(self, number: int = signal.SIGINT) -> float:
        """Ask it to stop and return the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=40)
        return time.monotonic() - began
