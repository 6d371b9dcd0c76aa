"""The ladder: a Redis that is given, one that came with pip, one of this machine, none."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from crisisdesk.runner import broker
from crisisdesk.runner.probes import redis_answers
from tests.crisisdesk.runner.processes import until


@pytest.fixture
def machine(monkeypatch):
    """A machine on which each server has the version that the test says."""

    def make(*, bundled: str = "", **installed: str) -> None:
        versions = {"/bundled": bundled, **{f"/bin/{k}": v for k, v in installed.items()}}
        monkeypatch.setattr(broker, "bundled_server", lambda: "/bundled" if bundled else "")
        monkeypatch.setattr(
            broker.shutil, "which", lambda name: f"/bin/{name}" if name in installed else None
        )
        monkeypatch.setattr(
            broker, "version_of", lambda path: tuple(map(int, versions[path].split(".")))
        )

    return make


def choose(tmp_path: Path, redis_url: str = "", single: bool = False) -> broker.Broker:
    return broker.choose(redis_url=redis_url, single=single, data_dir=tmp_path)


def test_a_redis_that_is_given_wins(machine, tmp_path):
    machine(bundled="6.2.14")
    chosen = choose(tmp_path, "redis://10.0.0.5/0")
    assert (chosen.url, chosen.server) == ("redis://10.0.0.5/0", "")
    assert chosen.why == "Redis at REDIS_URL"


def test_single_process_wins_over_everything_when_asked_for(machine, tmp_path):
    machine(bundled="6.2.14")
    assert choose(tmp_path, "redis://10.0.0.5/0", single=True).url == ""


def test_the_bundled_server_comes_before_the_installed_one(machine, tmp_path):
    machine(bundled="6.2.14", **{"redis-server": "7.0.15"})
    chosen = choose(tmp_path)
    assert chosen.server == "/bundled"
    assert chosen.why == "Redis 6.2.14, the one that came with pip"
    assert chosen.url == f"unix://{tmp_path}/redis/redis.sock?db=0"


def test_an_installed_server_is_used_without_the_wheel(machine, tmp_path):
    machine(**{"valkey-server": "8.0.1"})
    assert choose(tmp_path).server == "/bin/valkey-server"


def test_a_server_that_is_too_old_is_passed_over(machine, tmp_path):
    machine(**{"redis-server": "6.0.16", "valkey-server": "8.0.1"})
    assert choose(tmp_path).server == "/bin/valkey-server"


def test_without_any_server_one_process_does_everything(machine, tmp_path):
    machine(**{"redis-server": "5.0.7"})
    chosen = choose(tmp_path)
    assert (chosen.url, chosen.server) == ("", "")
    assert "no Redis 6.2 or newer was found" in chosen.why


def test_a_server_that_cannot_run_has_no_version(tmp_path):
    broken = tmp_path / "redis-server"
    broken.write_text("not a program")
    broken.chmod(0o755)
    assert broker.version_of(str(broken)) == ()


def test_a_long_data_path_gets_a_short_private_socket(tmp_path):
    deep = tmp_path / ("x" * 100)
    path = broker.socket_path(deep)
    assert len(str(path)) <= broker.LONGEST_SOCKET
    assert path.parent.stat().st_mode & 0o777 == 0o700
    broker.clean_up(broker.Broker(url="", why="", socket=path), deep)
    assert not path.parent.exists()


@pytest.mark.skipif(not broker.bundled_server(), reason="no Redis wheel for this platform")
def test_the_bundled_server_listens_on_a_private_socket_and_no_port(tmp_path):
    chosen = choose(tmp_path)
    server = subprocess.Popen(broker.server_command(chosen, tmp_path), stdout=subprocess.DEVNULL)
    try:
        assert until(lambda: redis_answers(chosen.socket))
        assert chosen.socket.stat().st_mode & 0o777 == 0o600
        assert chosen.socket.parent.stat().st_mode & 0o777 == 0o700
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(chosen.socket))
            line.sendall(b"CONFIG GET port\r\n")
            assert line.recv(64).split()[-1] == b"0"
    finally:
        server.terminate()
        server.wait()
