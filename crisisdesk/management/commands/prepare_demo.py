"""`python manage.py prepare_demo`: the people, the channel and the story of the demo."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inbox.lib.errors import DomainError
from inbox.models import Channel, User
from inbox.operations.practice import connect_practice_channel, play_story
from inbox.operations.users import create_user

PEOPLE = {"ana": "agent", "budi": "agent", "ben": "manager", "dewi": "admin", "cleo": "auditor"}
HANDLE = "nusahosting"


class Command(BaseCommand):
    help = "Sets up the demo in this database; what is there already stays as it is."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PRACTICE_NETWORK:
            raise CommandError("The demo needs a practice network; `manage.py demo` starts both.")
        if Channel.objects.filter(is_practice=False).exists():
            raise CommandError(
                "This database holds real channels, so no demo is set up in it. "
                "Choose another folder with --data DIR."
            )
        self._invite()
        play_story(
            name="outage", handle=HANDLE
        )  # it brings the brand to the network that we then connect
        if not Channel.objects.filter(is_practice=True, handle=HANDLE).exists():
            self._connect()

    def _invite(self) -> None:
        """Create the people who are missing and show their passwords, which nothing keeps."""
        missing = PEOPLE.keys() - set(User.objects.values_list("username", flat=True))
        if not missing:
            return
        self.stdout.write("People of the demo; their passwords are shown this once:")
        for username, role in PEOPLE.items():
            if username in missing:
                _, password = create_user(username=username, role=role)
                self.stdout.write(f"  {username:6} {role:8} {password}")

    def _connect(self) -> None:
        try:
            connect_practice_channel(handle=HANDLE, by=None)
        except DomainError as error:
            raise CommandError(str(error)) from error
