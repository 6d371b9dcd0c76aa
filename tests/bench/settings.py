"""The product's settings, with queries counted on demand, and no network to talk to.

Unless a part has one of its own and says where (`_meet_network` in __main__.py).
"""

from __future__ import annotations

import os

from crisisdesk.settings import *  # noqa: F403
from crisisdesk.settings import MIDDLEWARE, NETWORKS

MIDDLEWARE = ["tests.bench.counting.count", *MIDDLEWARE]

PRACTICE_NETWORK = True
if "X_API_URL" not in os.environ:
    _NOBODY = "http://127.0.0.1:9"
    NETWORKS = {
        name: network | {"api_url": _NOBODY, "authorize_url": _NOBODY, "token_url": _NOBODY}
        for name, network in NETWORKS.items()
    }
MFA_REQUIRED_ROLES: list[str] = []  # the measured people have sessions and no devices
