"""Django's view of the responses app."""

from __future__ import annotations

from django.apps import AppConfig


class ResponsesConfig(AppConfig):
    name = "responses"
    verbose_name = "Responses"

    def ready(self) -> None:
        import responses.receivers  # noqa: F401  (signal receivers need loaded models)
