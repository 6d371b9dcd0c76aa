"""The web processes that are measured: the product as its runner starts it, and the floor."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crisisdesk.runner import specs
from crisisdesk.runner.broker import Broker
from crisisdesk.settings import BASE_DIR, DATA_DIR

LOG = DATA_DIR / "bench.log"  # what the processes say
PRODUCT = ("crisisdesk.asgi:application", "tests.bench.settings")
FLOOR = ("tests.bench.floor.asgi:application", "tests.bench.floor.settings")


@contextmanager
def serving(application: tuple[str, str], port: int) -> Iterator[int]:
    """Run `application` on `port` until the block ends; yields its process id."""
    name, settings = application
    flags = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    flags += ["--lifespan", "auto", "--ws", "none", "--timeout-graceful-shutdown", "3"]
    command = [sys.executable, "-m", "uvicorn", name, *flags, "--no-access-log"]
    process = _start(command, DJANGO_SETTINGS_MODULE=settings)
    try:
        _until_it_answers(port, process)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def network(port: int, data: Path) -> Iterator[None]:
    """Run a practice network that speaks as X does, where the settings look for it."""
    command = [sys.executable, "-m", "inbox.practice.x", "--port", str(port), "--data", str(data)]
    process = _start(command)
    try:
        _until_it_answers(port, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=15)


@contextmanager
def background() -> Iterator[None]:
    """Run a worker and beat as the runner starts them, until the block ends."""
    broker = Broker(url=os.environ["REDIS_URL"], why="given")
    desk = specs.Desk(port=0, data_dir=DATA_DIR, broker=broker)
    commands = [specs.worker(desk).command, specs.beat(desk).command]
    processes = [_start(c, DJANGO_SETTINGS_MODULE="tests.bench.settings") for c in commands]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=40)


def _start(command: list[str], **extra: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"LOG_LEVEL": "WARNING"} | extra
    with LOG.open("ab") as log:
        return subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=log, stderr=log)


def _until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the web server on port {port} did not start; see {LOG}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the web server on port {port} does not answer; see {LOG}")


def memory(pid: int) -> int:
    """Return the process's proportional share of memory in bytes."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
