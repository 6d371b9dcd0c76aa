from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from inbox.practice.server import make_server
from inbox.practice.x.app import make_app
from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import ROOT, start_practice


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    with start_practice(tmp_path) as practice:
        brand = Api(practice, "brand")
        question = practice.post("cust", "@brand is down", followers=7)["id"]
        brand.reply(question, "We are on it")
        practice.message("cust", "brand", "secret")
        posts, messages = practice.posts(), practice.messages()
        practice.stop()
        practice.start()
        assert practice.posts() == posts
        assert practice.messages() == messages
        assert brand.get("/2/users/me").status_code == 200
        assert int(practice.post("cust", "more")["id"]) > int(posts[-1]["id"])


def test_a_killed_network_keeps_what_it_answered(tmp_path: Path) -> None:
    with start_practice(tmp_path, process=True) as practice:
        brand = Api(practice, "brand")
        for n in range(20):
            assert brand.post("/2/tweets", {"text": f"number {n}"}).status_code == 201
        assert practice.process
        practice.process.kill()
        practice.process.wait()
        practice.start()
        assert len(practice.posts()) == 20


def test_it_ends_within_two_seconds_even_with_hanging_answers(tmp_path: Path) -> None:
    with start_practice(tmp_path, process=True) as practice:
        brand = Api(practice, "brand")
        practice.faults(
            {"kind": "timeout_after_accept"},
            {"kind": "delay", "method": "GET", "seconds": 60},
        )

        def hang(method: str, path: str) -> None:
            with contextlib.suppress(httpx.TransportError):
                httpx.request(
                    method, practice.url + path, json={"text": "x"}, headers=brand.headers,
                    timeout=30, trust_env=False,
                )  # fmt: skip

        waiting = [
            threading.Thread(target=hang, args=args)
            for args in (("POST", "/2/tweets"), ("GET", "/2/users/me"))
        ]
        for thread in waiting:
            thread.start()
        while not practice.posts():
            time.sleep(0.01)
        assert practice.process
        process, started = practice.process, time.monotonic()
        process.terminate()
        assert process.wait(10) in (0, -signal.SIGTERM)
        assert time.monotonic() - started < 2
        for thread in waiting:
            thread.join(5)
            assert not thread.is_alive()


def test_it_listens_on_this_machine_only(tmp_path: Path) -> None:
    app = make_app(tmp_path, clients={}, limits=None)
    with pytest.raises(ValueError, match="this machine only"):
        make_server(app, host="0.0.0.0", port=0)


def test_a_taken_port_ends_in_an_error(tmp_path: Path) -> None:
    with start_practice(tmp_path) as practice:
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "inbox.practice.x"),
                *("--port", str(practice.port), "--data", str(tmp_path / "other")),
            ],
            cwd=ROOT,
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert ended.returncode != 0
        assert b"address already in use" in ended.stderr


def test_it_imports_nothing_of_ours() -> None:
    """The network must run without Django and without the desk's code."""
    code = (
        "import sys, inbox.practice.x.__main__\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'crisisdesk', 'responses')"
        " or m.startswith('inbox.') and not m.startswith('inbox.practice')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
