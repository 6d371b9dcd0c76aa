"""One line of what the doctor has to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad it is; the number is the command's exit code."""

    OK = 0
    WARNING = 1
    PROBLEM = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """area: the part looked at; message: what is so; remedy: what to do about it, if anything."""

    level: Level
    area: str
    message: str
    remedy: str = ""


def fine(area: str, message: str) -> Finding:
    return Finding(Level.OK, area, message)


def warning(area: str, message: str, remedy: str) -> Finding:
    """It works, but not as it should, or not for long."""
    return Finding(Level.WARNING, area, message, remedy)


def problem(area: str, message: str, remedy: str) -> Finding:
    """Something does not work now."""
    return Finding(Level.PROBLEM, area, message, remedy)
