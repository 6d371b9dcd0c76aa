"""What can go wrong with a network, and what it means: one table for all of them.

The rules are those of `inbox.practice.faults`. A connector is asked with a time-out of a second.
"""

from __future__ import annotations

from typing import Any

from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
)

READ_FAULTS: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"kind": "status", "status": 401}, AuthExpired),
    ({"kind": "status", "status": 403}, Rejected),
    ({"kind": "status", "status": 404}, Rejected),
    ({"kind": "status", "status": 413}, Rejected),
    ({"kind": "status", "status": 429, "seconds": 9}, RateLimited),
    ({"kind": "status", "status": 500}, TransientError),
    ({"kind": "malformed"}, BadPayload),
    ({"kind": "drip", "seconds": 0.05}, TransientError),
    ({"kind": "refuse"}, TransientError),
    ({"kind": "redirect"}, Rejected),
]
# The last: whether the network carried it out all the same.
WRITE_FAULTS: list[tuple[dict[str, Any], type[Exception], bool]] = [
    ({"kind": "status", "status": 401}, AuthExpired, False),
    ({"kind": "status", "status": 403}, Rejected, False),
    ({"kind": "status", "status": 404}, Rejected, False),
    ({"kind": "status", "status": 413}, Rejected, False),
    ({"kind": "status", "status": 429, "seconds": 9}, RateLimited, False),
    ({"kind": "status", "status": 500}, OutcomeUnknown, False),
    ({"kind": "status", "status": 500, "after_accept": True}, OutcomeUnknown, True),
    ({"kind": "malformed"}, OutcomeUnknown, True),
    ({"kind": "drip", "seconds": 0.05}, OutcomeUnknown, True),
    ({"kind": "refuse"}, OutcomeUnknown, False),
    ({"kind": "cut_after_accept"}, OutcomeUnknown, True),
    ({"kind": "timeout_after_accept"}, OutcomeUnknown, True),
    ({"kind": "redirect"}, OutcomeUnknown, False),
]


def name(value: Any) -> str | None:
    """Return the name of a rule in the list of tests."""
    return "-".join(str(part) for part in value.values()) if isinstance(value, dict) else None
