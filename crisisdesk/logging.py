"""How a log line looks: constant message first, then the facts, never a message's text."""

from __future__ import annotations

import logging

# `data` is Celery's and repeats the traceback that follows the line.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "data"}


class LineFormatter(logging.Formatter):
    """`12:00:01 WARNING inbox.tasks message  key=value ...` on one line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        facts = [f"{key}={value}" for key, value in vars(record).items() if key not in _STANDARD]
        return "  ".join([line, *facts])
