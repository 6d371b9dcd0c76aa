"""Hold the lines on which networks tell of news, such as new mail."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from inbox.operations import attending


class Command(BaseCommand):
    help = "Hold the lines on which networks tell of news, so that it is read at once. Run one."
    requires_system_checks = []  # they load every page and the API, which it has no use for

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        attending.attend(stop=stop)
