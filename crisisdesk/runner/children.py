"""One process that the runner looks after."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crisisdesk.runner.logs import WIDTH, LogFile, is_loud, pump

BASE_DIR = Path(__file__).resolve().parent.parent.parent
STEADY = 30.0  # seconds a child must live for its earlier failures to be forgotten
_LAUNCHER = str(Path(__file__).with_name("launch.py"))


def delay_after(failures: int) -> float:
    """Return the seconds to wait before the next start: 0.5, 1, 2 ... at most 30."""
    return float(min(30.0, 0.5 * 2 ** (failures - 1)))


def launched(command: Sequence[str]) -> list[str]:
    """Return `command` wrapped so that it dies with this process."""
    # -I -S: the launcher needs nothing but the standard library, and starts in 10 ms.
    return [sys.executable, "-I", "-S", _LAUNCHER, str(os.getpid()), *command]


@dataclass(frozen=True)
class Spec:
    """What to run. `stage`: place in the order of stopping; `grace`: seconds it gets for that."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    stage: int = 0
    grace: float = 5.0


class Child:
    """A running (or crashed, or waiting) process of one Spec."""

    def __init__(self, spec: Spec, log_dir: Path, *, verbose: bool = False) -> None:
        self.spec = spec
        self.log = LogFile(log_dir / f"{spec.name}.log")
        self.failures = 0
        self.restart_at: float | None = None
        self._verbose = verbose
        self._started_at = 0.0
        self._process: subprocess.Popen[str] | None = None
        self._pump = threading.Thread()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the runner alone, which then stops in order.
        self._process = subprocess.Popen(  # noqa: S603
            launched(self.spec.command),
            env=dict(self.spec.env),
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._started_at = time.monotonic()
        self.restart_at = None
        if self._process.stdout is None:
            raise RuntimeError("the child has no output pipe")
        shows = (lambda line: True) if self._verbose else is_loud
        arguments = (self.spec.name, self._process.stdout, self.log, shows)
        self._pump = threading.Thread(target=pump, args=arguments, daemon=True)
        self._pump.start()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def note_crash(self) -> str | None:
        """If it ended by itself, plan its next start and return what happened in words."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._process = None
        if time.monotonic() - self._started_at >= STEADY:
            self.failures = 0
        self.failures += 1
        delay = delay_after(self.failures)
        self.restart_at = time.monotonic() + delay
        return f"{self.spec.name} {self._how(code)}; starting it again in {delay:g} s."

    def _how(self, code: int) -> str:
        if code < 0:
            return f"was killed by signal {-code}"
        self._pump.join(1.0)  # for its last words
        last = self.log.tail(1)
        return f"ended with exit code {code}" + (f" ({last[0][:WIDTH]})" if last else "")

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and whatever it started, at once, and wait until it is gone."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # nothing of it is left
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: int) -> None:
        self.restart_at = None
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
