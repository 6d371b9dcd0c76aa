"""`python manage.py restore FILE`: the desk as it was when FILE was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from crisisdesk.backup import restore
from crisisdesk.backup.errors import BackupError
from crisisdesk.runner import data_dir


class Command(BaseCommand):
    help = (
        "Puts a backup in place of this desk, which must be stopped. "
        "SQLite and the keys leave what was there before beside them, as .before."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--force", action="store_true", help="also over a desk that people have worked with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        data_dir.open_data_dir(settings.DATA_DIR)
        with data_dir.locked(settings.DATA_DIR):
            try:
                restored = restore(options["file"], force=options["force"])
            except BackupError as error:
                raise CommandError(str(error)) from error
            except DatabaseError as error:
                raise CommandError(f"The database cannot be used: {error}") from error
        self.stdout.write(f"This is the desk of {restored.made_at:%Y-%m-%d %H:%M:%S} UTC again.")
        if restored.held:
            self.stdout.write(
                f"{restored.held} replies were about to be sent and may have been since: "
                "they wait under “Needs attention”."
            )
        if restored.left_to_do:
            self.stderr.write(restored.left_to_do)
        self.stdout.write(
            "Start it, then run manage.py doctor: a sign-in that was renewed after the backup "
            "may have to be made again."
        )
