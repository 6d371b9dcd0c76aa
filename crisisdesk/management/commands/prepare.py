"""`python manage.py prepare`: what has to be true of the database before the desk starts."""

from __future__ import annotations

import shlex
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from inbox.models import User


class Command(BaseCommand):
    help = "Creates what the database and the data folder lack; safe to run again and again."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            call_command("createcachetable", verbosity=0)
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        if not settings.PRACTICE_NETWORK and not User.objects.exists():
            command = [sys.executable, "manage.py", "create_user", "NAME", "--role", "admin"]
            if settings.DATA_DIR != settings.BASE_DIR / "var":
                command += ["--data", str(settings.DATA_DIR)]
            self.stdout.write(
                f"Nobody can sign in yet. Create the first admin with:\n  {shlex.join(command)}"
            )
