"""Django's view of the project."""

from __future__ import annotations

from django.apps import AppConfig


class CrisisDeskConfig(AppConfig):
    name = "crisisdesk"

    def ready(self) -> None:
        # Tasks that are called belong to this app. It waits until here because the runner is a
        # part of this package that wants nothing of Celery.
        import crisisdesk.celery  # noqa: F401
