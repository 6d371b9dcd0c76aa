"""`python manage.py doctor`: is everything the desk leans on in order, and if not, what to do."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from crisisdesk.doctor import examine, verdict
from crisisdesk.doctor.finding import Finding, Level

_MARKS = {Level.OK: "ok", Level.WARNING: "warning", Level.PROBLEM: "PROBLEM"}


class Command(BaseCommand):
    help = (
        "Looks at database, broker, worker, clock, keys, channels, mail and disk, beside a running "
        "desk or without one, and changes nothing. "
        "Exit code: 0 all is well, 1 warnings only, 2 something does not work."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for finding in examine():
            findings.append(finding)
            if not options["json"]:
                self.stdout.write(_line(finding))
        worst = verdict(findings)
        if options["json"]:
            self.stdout.write(json.dumps(_as_data(worst, findings), indent=2))
        if worst:
            sys.exit(int(worst))


def _line(finding: Finding) -> str:
    line = f"{_MARKS[finding.level]:8} {finding.area:9} {finding.message}"
    return f"{line}  -> {finding.remedy}" if finding.remedy else line


def _as_data(worst: Level, findings: list[Finding]) -> dict[str, Any]:
    rows = [
        dataclasses.asdict(finding) | {"level": finding.level.name.lower()} for finding in findings
    ]
    return {"status": worst.name.lower(), "findings": rows}
