"""Times on every page stand in the time zone of the person who reads them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

zones = cache(available_timezones)  # reads the whole time zone database


class TimeZoneMiddleware:
    """Reads and writes times in the person's own zone while their request is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A zone that left the time zone database since it was chosen must not close the desk.
        chosen = getattr(request.user, "time_zone", "")
        zone = chosen if chosen in zones() else None
        with timezone.override(zone):
            return self.get_response(request)
