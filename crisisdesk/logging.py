"""How a log line looks: constant message first, then the facts, never a message's text."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from celery import current_task

# Celery's `data` repeats the traceback that follows, uvicorn's `color_message` the message.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    *("message", "asctime", "taskName", "data", "color_message")
}

# What people wrote, who they are, and what opens doors: not for logs, whoever puts it there.
PRIVATE = frozenset(
    {
        *("text", "raw", "body", "preview", "comment", "note"),
        *("author", "handle", "name", "username", "email", "user"),
        *("secrets", "token", "access_token", "refresh_token", "authorization", "cookie"),
        *("password", "secret", "key", "code_verifier", "client_secret"),
    }
)
HIDDEN = "[hidden]"

# Facts about the request under way, which every line written for it carries.
about_request: ContextVar[dict[str, Any] | None] = ContextVar("about_request", default=None)


class ContextFilter(logging.Filter):
    """Adds the request or the task that a line belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = dict(about_request.get() or {})
        if current_task:
            facts |= {"task": current_task.name, "task_id": current_task.request.id}
        for name, value in facts.items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


class RedactionFilter(logging.Filter):
    """Hides facts that must not be logged, should a line ever carry one."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in PRIVATE & vars(record).keys() - _STANDARD:
            setattr(record, name, HIDDEN)
        return True


def _facts(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in vars(record).items() if name not in _STANDARD)


class LineFormatter(logging.Formatter):
    """`12:00:01 WARNING inbox.tasks message  key=value ...` on one line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        return "  ".join([line, *(f"{name}={value}" for name, value in _facts(record))])


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for machines that collect logs; times are UTC."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in _facts(record) if name not in line}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)
