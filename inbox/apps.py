"""Django's view of the inbox app."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class InboxConfig(AppConfig):
    name = "inbox"
    verbose_name = "Inbox"

    def ready(self) -> None:
        from inbox.search import engine  # it knows models, which are loaded only now

        connection_created.connect(engine.prepare)
        post_migrate.connect(engine.mend, sender=self)
