"""The commands and environments of the children."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from crisisdesk.runner.broker import Broker, server_command
from crisisdesk.runner.children import Spec
from crisisdesk.runner.ports import LOOPBACK

# Redis and the practice network have no business with these.
_PRIVATE = frozenset({"SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"})

# Threads under one interpreter lock gain little from heaps of their own, which cost a dozen
# megabytes. https://man7.org/linux/man-pages/man3/mallopt.3.html
_USUAL = {"MALLOC_ARENA_MAX": "2"}

# Order of stopping. The worker may be posting to the practice network and tells Redis when it
# is done, so they go after it. The graces add up to less than thirty seconds.
_DESK, _NETWORK, _BROKER = 0, 1, 2
_WORKER_GRACE = 23.0


@dataclass(frozen=True)
class Desk:
    """One run of the desk. `practice_port` is None without a practice network (`serve`)."""

    port: int
    data_dir: Path
    broker: Broker
    practice_port: int | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def practice_url(self) -> str:
        return f"http://{LOOPBACK}:{self.practice_port}"

    def env(self) -> dict[str, str]:
        """Return the environment of the desk's own processes."""
        return _USUAL | dict(os.environ) | self.own_env() | {"PYTHONUNBUFFERED": "1"}

    def own_env(self) -> dict[str, str]:
        """Return what makes a process part of this desk: its folder, broker and networks."""
        env = {
            "CRISISDESK_DATA": str(self.data_dir),
            "CRISISDESK_SINGLE": "" if self.broker.url else "true",
            "REDIS_URL": self.broker.url,
        }
        if self.practice_port is None:
            return env | {"SITE_URL": os.environ.get("SITE_URL", self.url)}
        return env | {
            "SITE_URL": self.url,
            "PRACTICE_NETWORK": "true",
            "X_API_URL": self.practice_url,
            "X_AUTHORIZE_URL": f"{self.practice_url}/i/oauth2/authorize",
            "X_TOKEN_URL": f"{self.practice_url}/2/oauth2/token",
            "X_CLIENT_ID": "practice-client",
            "X_CLIENT_SECRET": "practice-secret",
            "X_CONSUMER_KEY": "practice-consumer",
            "X_CONSUMER_SECRET": "practice-consumer-secret",
        }

    def outside_env(self) -> dict[str, str]:
        """Return the environment of the processes that are not the desk's own."""
        return {name: value for name, value in self.env().items() if name not in _PRIVATE}


def redis(desk: Desk) -> Spec:
    command = server_command(desk.broker, desk.data_dir)
    return Spec("redis", command, desk.outside_env(), stage=_BROKER, grace=2.0)


def practice(desk: Desk) -> Spec:
    folder = str(desk.data_dir / "practice")
    command = _python("inbox.practice.x", "--port", str(desk.practice_port), "--data", folder)
    return Spec("practice", command, desk.outside_env(), stage=_NETWORK, grace=3.0)


def web(desk: Desk) -> Spec:
    options = {
        "host": LOOPBACK,
        "port": str(desk.port),
        "lifespan": "on",
        "ws": "none",
        "log-level": "warning",
        # Without it an open event stream holds the stop up until the browser leaves.
        "timeout-graceful-shutdown": "3",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    command = _python("uvicorn", "crisisdesk.asgi:application", *flags, "--no-access-log")
    grace = 5.0 if desk.broker.url else _WORKER_GRACE
    return Spec("web", command, desk.env(), stage=_DESK, grace=grace)


def worker(desk: Desk) -> Spec:
    # Nodes have nothing to tell each other: the database says who does what.
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    queues = ("--queues", "ingest,send,default")
    pool = ("--pool", "threads", "--concurrency", "8")
    celery = ("-q", "--app", "crisisdesk", "worker", "--loglevel", "WARNING")
    command = _python("celery", *celery, *pool, *queues, *quiet)
    return Spec("worker", command, desk.env(), stage=_DESK, grace=_WORKER_GRACE)


def beat(desk: Desk) -> Spec:
    return Spec("beat", _python("crisisdesk.runner.beat"), desk.env(), stage=_DESK)


def attend(desk: Desk) -> Spec:
    return Spec("attend", manage("attend"), desk.env(), stage=_DESK, grace=6.0)


def manage(*arguments: str) -> list[str]:
    """Return the command line of a management command."""
    return [sys.executable, "manage.py", *arguments]


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]
