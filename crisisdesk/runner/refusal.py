"""Saying no in one line: a start that cannot work ends with a sentence, not with a traceback."""

from __future__ import annotations

import sys
from typing import NoReturn


def refuse(message: str) -> NoReturn:
    """Print `message` to stderr and leave with exit code 2."""
    print(message, file=sys.stderr)  # noqa: T201
    raise SystemExit(2)
