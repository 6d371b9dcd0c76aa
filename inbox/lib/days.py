"""The day by the desk's own clock."""

from __future__ import annotations

from datetime import date

from django.utils import timezone


def desk_day() -> date:
    """Return today: what is capped for a day is capped for the same day for everybody."""
    return timezone.localdate(timezone=timezone.get_default_timezone())
