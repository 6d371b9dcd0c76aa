"""`python manage.py backup FILE`: the whole desk in one file, while people work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crisisdesk.backup import back_up
from crisisdesk.backup.errors import BackupError


class Command(BaseCommand):
    help = "Writes the database and the keys to FILE (.tar.gz); the desk may run meanwhile."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        target = options["file"].absolute()
        try:
            back_up(target)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{target} is whole ({target.stat().st_size / 1e6:.1f} MB).")
        self.stderr.write(
            "It holds people's messages and the keys to every channel: "
            "keep it where nobody else can read it."
        )
