"""Everything goes to the file, only errors to the terminal."""

from __future__ import annotations

import io

import pytest

from crisisdesk.runner import logs
from crisisdesk.runner.logs import LogFile, is_loud, pump


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("12:00:01 ERROR inbox.tasks stream failed  stream=3\n", True),
        ("ERROR:    [Errno 98] address already in use\n", True),
        ('{"at": "2026-01-02T03:04:05+00:00", "level": "ERROR", "message": "m"}\n', True),
        ('{"at": "2026-01-02T03:04:05+00:00", "level": "INFO", "message": "ERROR"}\n', False),
        ("12:00:01 WARNING django.request Not Found: /x\n", False),
        ("12:00:01 INFO inbox.tasks this is not an ERROR\n", False),
        ("Traceback (most recent call last):\n", False),
    ],
)
def test_only_errors_are_loud(line, expected):
    assert is_loud(line) is expected


def test_the_log_has_all_lines_and_the_terminal_the_errors(tmp_path, capsys):
    log = LogFile(tmp_path / "web.log")
    pump("web", io.StringIO("quiet\n12:00:01 ERROR inbox broken\n"), log, is_loud)
    assert log.path.read_text() == "quiet\n12:00:01 ERROR inbox broken\n"
    assert capsys.readouterr().out == "web      | 12:00:01 ERROR inbox broken\n"


def test_the_log_before_is_kept_once(tmp_path):
    for text in ("first\n", "second\n", "third\n"):
        LogFile(tmp_path / "web.log").write(text)
    assert (tmp_path / "web.log").read_text() == "third\n"
    assert (tmp_path / "web.log.1").read_text() == "second\n"


def test_a_long_run_does_not_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "MAX_BYTES", 100)
    log = LogFile(tmp_path / "web.log")
    for _ in range(50):
        log.write("0123456789\n")
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 250


def test_a_full_disk_costs_log_lines_and_not_the_child(tmp_path, monkeypatch, capsys):
    log = LogFile(tmp_path / "web.log")

    def full(line: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log, "write", full)
    stream = io.StringIO("one\ntwo\n")
    pump("web", stream, log, is_loud)
    assert stream.read() == ""
    assert capsys.readouterr().out.count("No space left on device") == 1


def test_the_same_trouble_is_shown_once(tmp_path, capsys):
    lines = "".join(f"12:00:0{n} ERROR inbox the network is away\n" for n in range(5))
    log = LogFile(tmp_path / "web.log")
    pump("web", io.StringIO(lines), log, is_loud)
    assert capsys.readouterr().out.count("the network is away") == 1
    assert log.path.read_text() == lines
