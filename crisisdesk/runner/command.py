"""What `demo` and `serve` have in common."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from crisisdesk.runner.__main__ import become
from crisisdesk.runner.refusal import refuse


class RunnerCommand(BaseCommand):
    """Runs the desk and all it needs on this machine, for this machine (loopback) alone."""

    is_demo = False
    # The database may be down or empty; the children say so in their own words.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="default: 8000")
        # manage.py takes it before the settings load; it stands here for --help.
        parser.add_argument("--data", metavar="DIR", help="data folder; default: var/")
        parser.add_argument(
            "--single", action="store_true", help="one process for everything, without Redis"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        reset = options.get("reset", False)
        if reset and not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            refuse("The database is not in the data folder (DATABASE_URL), so --reset is refused.")
        os.umask(0o077)  # what the desk writes is for this user alone
        become(
            data=settings.DATA_DIR,
            port=options["port"],
            redis_url=settings.REDIS_URL,
            flags={
                "demo": self.is_demo,
                "single": options["single"],
                "reset": reset,
                "verbose": options["verbosity"] > 1,
            },
        )
