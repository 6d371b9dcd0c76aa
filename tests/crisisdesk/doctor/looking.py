"""Reading findings in tests."""

from __future__ import annotations

from collections.abc import Iterable

from crisisdesk.doctor.finding import Finding, Level


def seen(findings: Iterable[Finding], level: Level) -> str:
    """Return the messages of `level`, one a line; whatever is not fine must name a remedy."""
    found = list(findings)
    assert all(bool(finding.remedy) == (finding.level > Level.OK) for finding in found)
    return "\n".join(finding.message for finding in found if finding.level == level)


def problems(findings: Iterable[Finding]) -> str:
    return seen(findings, Level.PROBLEM)


def warnings(findings: Iterable[Finding]) -> str:
    return seen(findings, Level.WARNING)


def is_fine(findings: Iterable[Finding]) -> bool:
    return all(finding.level == Level.OK for finding in findings)
