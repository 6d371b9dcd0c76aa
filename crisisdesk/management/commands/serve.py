"""`python manage.py serve`: the desk on one machine, with its real networks."""

from __future__ import annotations

from crisisdesk.runner.command import RunnerCommand


class Command(RunnerCommand):
    help = "Runs web, worker, beat and Redis on this machine; put a TLS proxy in front of it."
