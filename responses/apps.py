"""Django's view of the responses app."""

from __future__ import annotations

from django.apps import AppConfig


class ResponsesConfig(AppConfig):
    name = "responses"
    verbose_name = "Responses"

    def ready(self) -> None:
        # All of these need loaded models.
        import responses.receivers  # noqa: F401  (signal receivers)
        from inbox.search import operators
        from responses.models import Draft

        operators.offer("draft", lambda: Draft.objects.in_progress())
