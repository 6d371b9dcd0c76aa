"""The web processes that are measured: the product as its runner starts it, and the floor."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from crisisdesk.runner import specs
from crisisdesk.runner.broker import Broker
from crisisdesk.settings import BASE_DIR, DATA_DIR

PRODUCT = ("crisisdesk.asgi:application", "tests.bench.settings")
FLOOR = ("tests.bench.floor.asgi:application", "tests.bench.floor.settings")


@contextmanager
def serving(application: tuple[str, str], port: int, **extra: str) -> Iterator[int]:
    """Run `application` on `port` until the block ends; yields its process id."""
    name, settings = application
    flags = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    flags += ["--lifespan", "auto", "--ws", "none", "--timeout-graceful-shutdown", "3"]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", name, *flags, "--no-access-log"],
        cwd=BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings, "LOG_LEVEL": "WARNING"} | extra,
    )
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
def background() -> Iterator[None]:
    """Run a worker and beat as the runner starts them, until the block ends."""
    broker = Broker(url=os.environ["REDIS_URL"], why="given")
    desk = specs.Desk(port=0, data_dir=DATA_DIR, broker=broker)
    commands = [specs.worker(desk).command, specs.beat(desk).command]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
    processes = [subprocess.Popen(c, cwd=BASE_DIR, env=environment) for c in commands]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=40)


def _until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the web server on port {port} did not start")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the web server on port {port} does not answer")


def memory(pid: int) -> int:
    """Return the process's proportional share of memory in bytes."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
