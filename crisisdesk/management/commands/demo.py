"""`python manage.py demo`: a working desk with people, a practice network and a crisis."""

from __future__ import annotations

from django.core.management.base import CommandParser

from crisisdesk.runner.command import RunnerCommand


class Command(RunnerCommand):
    help = (
        "Runs the desk with a practice network on which a hosting company's outage unfolds. "
        "A second start goes on where the first one ended."
    )
    is_demo = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--reset", action="store_true", help="empty the data folder first and begin anew"
        )
