"""The product's settings, plus the number of queries of a request that asks for it."""

from __future__ import annotations

from crisisdesk.settings import *  # noqa: F403
from crisisdesk.settings import MIDDLEWARE

MIDDLEWARE = ["tests.bench.counting.count_queries", *MIDDLEWARE]
