"""`python manage.py create_user NAME --role ROLE`: adds a colleague from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox.lib.errors import DomainError
from inbox.models import User
from inbox.operations.users import create_user


class Command(BaseCommand):
    help = "Creates a user with a random password and prints it; it is stored nowhere in clear."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=User.Role.values, required=True)
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, password = create_user(
                username=options["username"], role=options["role"], email=options["email"]
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.username} ({user.role}) can sign in with: {password}")
