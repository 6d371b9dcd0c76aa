"""The product's settings, with queries counted on demand and no network to talk to."""

from __future__ import annotations

from crisisdesk.settings import *  # noqa: F403
from crisisdesk.settings import MIDDLEWARE, NETWORKS

MIDDLEWARE = ["tests.bench.counting.count", *MIDDLEWARE]

PRACTICE_NETWORK = True
_NOBODY = "http://127.0.0.1:9"
NETWORKS = {
    name: network | {"api_url": _NOBODY, "authorize_url": _NOBODY, "token_url": _NOBODY}
    for name, network in NETWORKS.items()
}
MFA_REQUIRED_ROLES: list[str] = []  # the measured people have sessions and no devices
