"""`python manage.py rotate_keys`: every stored secret under the newest key."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crisisdesk import keys
from inbox.lib import crypto, heartbeat


class Command(BaseCommand):
    help = (
        "Encrypts every stored secret with the first key of FIELD_KEYS. In this order: "
        "1. --new-key prints a key; put it, and a comma, in front of FIELD_KEYS on every machine. "
        "2. Restart the desk, so that it can read what this command writes. "
        "3. Run rotate_keys; twice does no harm. "
        "4. Take the old key off the list and restart once more; keep it with old backups."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="print a fresh key and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            self.stdout.write(Fernet.generate_key().decode())
            return
        self._check_desk_knows_the_key()
        count = keys.rotate()
        self.stdout.write(
            f"{count.older} secrets moved to the newest key, {count.current} were there already."
        )
        if count.unreadable:
            raise CommandError(
                f"No key opens {', '.join(count.unreadable)}: put the key they were written with "
                "at the end of FIELD_KEYS and run this again."
            )

    def _check_desk_knows_the_key(self) -> None:
        """A running desk that lacks the key could not read its own sign-ins any more."""
        sign = heartbeat.last()
        if sign and not sign.is_late and crypto.marks()[0] not in sign.key_marks:
            raise CommandError(
                "The running desk does not know the first key of FIELD_KEYS yet. "
                "Restart it with the new list, then run this again."
            )
