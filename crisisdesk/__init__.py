"""The project: wiring only. What comes in lives in `inbox`, what we say in `responses`."""

from crisisdesk.celery import app as celery_app

__all__ = ["celery_app"]
