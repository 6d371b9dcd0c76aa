"""Keeps children running, and ends them in order when it is asked to."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from crisisdesk.runner.children import BASE_DIR, Child, Spec, launched
from crisisdesk.runner.console import say

_LOOK_EVERY = 0.1  # seconds
_HOPELESS = 4  # crashes in a row that fail a start
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(Exception):
    """A person or the system asked the runner to stop."""


class StartFailed(Exception):
    """Something the desk cannot do without did not come up; the message says what."""


class Supervisor:
    """Starts children, restarts what crashes, and stops all, stage by stage.

    All starting happens in the thread that made it: on Linux a child dies with the *thread*
    that started it, so this must be the main one.
    """

    def __init__(self, log_dir: Path, *, verbose: bool = False) -> None:
        self.children: list[Child] = []
        self._log_dir = log_dir
        self._verbose = verbose
        self._asked = 0

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Take Ctrl-C, SIGTERM and a closed terminal as requests to stop, while inside."""
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1

    def start(self, spec: Spec) -> Child:
        child = Child(spec, self._log_dir, verbose=self._verbose)
        self.children.append(child)
        child.start()
        return child

    def run_once(self, command: Sequence[str], env: Mapping[str, str], what: str) -> None:
        """Run `command` to its end on this terminal; raises StartFailed if it does not succeed."""
        process = subprocess.Popen(  # noqa: S603
            launched(command),
            env=dict(env),
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                self.tick()
                time.sleep(_LOOK_EVERY)
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            raise StartFailed(f"{what} failed; the lines above say why.")

    def wait_for(self, condition: Callable[[], bool], child: Child, seconds: float = 60.0) -> None:
        """Keep everything running until `condition`; raises StartFailed if it never comes true."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.tick()
            if child.failures >= _HOPELESS or time.monotonic() > deadline:
                name, log = child.spec.name, child.log
                tail = "\n".join(log.tail(12))
                raise StartFailed(f"{tail}\n{name} does not start (log: {log.path}).")
            time.sleep(_LOOK_EVERY)

    def tick(self) -> None:
        """Notice crashes and start again what is due; raises StopAsked once asked to stop."""
        if self._asked:
            raise StopAsked
        now = time.monotonic()
        for child in self.children:
            if news := child.note_crash():
                say(news)
            elif child.restart_at is not None and now >= child.restart_at:
                child.start()

    def watch(self) -> None:
        """Look after the children until asked to stop."""
        while True:
            self.tick()
            time.sleep(_LOOK_EVERY)

    def stop(self) -> None:
        """End everything, stage by stage; who outlasts its grace, or a third Ctrl-C, is killed."""
        began = time.monotonic()
        for stage in sorted({child.spec.stage for child in self.children}):
            self._stop_together([c for c in self.children if c.spec.stage == stage])
        say(f"Stopped in {time.monotonic() - began:.1f} s.")

    def _stop_together(self, batch: list[Child]) -> None:
        for child in batch:
            child.terminate()
        began = time.monotonic()
        asked = self._asked
        while running := [child for child in batch if child.is_running()]:
            waited = time.monotonic() - began
            for child in running:
                if self._asked >= 3 or waited >= child.spec.grace:
                    child.kill()
                    say(f"{child.spec.name} did not end by itself and was killed.")
            if asked != self._asked:
                asked = self._asked
                say("Waiting for a reply that is being sent. Ctrl-C once more ends it at once.")
            time.sleep(_LOOK_EVERY / 2)
        for child in batch:
            child.kill()  # what a child left behind
