"""The command: one line a finding, an exit code, and data for programs."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from crisisdesk.doctor.finding import fine, problem, warning
from crisisdesk.management.commands import doctor

GOOD = fine("database", "It answers.")
ODD = warning("mail", "No mail is sent.", "Set EMAIL_URL.")
BAD = problem("worker", "No worker.", "Start it.")


@pytest.mark.parametrize(
    ("findings", "code"), [([GOOD], 0), ([GOOD, ODD], 1), ([ODD, BAD, GOOD], 2), ([], 0)]
)
@pytest.mark.parametrize("as_json", [True, False])
def test_the_exit_code_is_the_worst_finding(monkeypatch, capsys, findings, code, as_json) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: iter(findings))
    if code:
        with pytest.raises(SystemExit) as caught:
            call_command("doctor", json=as_json)
        assert caught.value.code == code
    else:
        call_command("doctor", json=as_json)
    out = capsys.readouterr().out
    if as_json:
        data = json.loads(out)
        assert data["status"] == ["ok", "warning", "problem"][code]
        assert [row["message"] for row in data["findings"]] == [f.message for f in findings]
        assert {row["level"] for row in data["findings"]} <= {"ok", "warning", "problem"}
    else:
        assert len(out.splitlines()) == len(findings)


def test_a_line_ends_with_what_to_do(monkeypatch, capsys) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: iter([GOOD, BAD]))
    with pytest.raises(SystemExit):
        call_command("doctor")
    first, second = capsys.readouterr().out.splitlines()
    assert first == "ok       database  It answers."
    assert second == "PROBLEM  worker    No worker.  -> Start it."
