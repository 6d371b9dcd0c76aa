"""The operations of X API v2 that the practice network knows."""

from __future__ import annotations

from inbox.practice.x.api import Endpoint
from inbox.practice.x.endpoints import lookups, messages, people, timelines, uploads, writes

ENDPOINTS: tuple[Endpoint, ...] = (
    *people.ENDPOINTS,
    *timelines.ENDPOINTS,  # /2/tweets/search/recent comes before /2/tweets/{id}
    *lookups.ENDPOINTS,
    *writes.ENDPOINTS,
    *messages.ENDPOINTS,
    *uploads.ENDPOINTS,
)
