"""The endpoints that clients call."""

from __future__ import annotations

from inbox.practice.mastodon.endpoints import accounts, servers, statuses, timelines

ENDPOINTS = [
    *accounts.ENDPOINTS,
    *servers.ENDPOINTS,
    *statuses.ENDPOINTS,
    *timelines.ENDPOINTS,
]
