"""How what we send to other systems proves that it is ours: the Standard Webhooks scheme.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence


def signed(*, body: bytes, event_id: str, at: int, keys: Sequence[str]) -> dict[str, str]:
    """Return the headers of `body`: its id, the time in seconds, a signature for each of `keys`."""
    return {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(
            f"v1,{signature(body=body, event_id=event_id, at=at, key=key)}" for key in keys
        ),
    }


def signature(*, body: bytes, event_id: str, at: int, key: str) -> str:
    """Return the HMAC-SHA256 over id, time and body, in base64; `key` is "whsec_" and base64."""
    secret = base64.b64decode(key.removeprefix("whsec_"))
    content = f"{event_id}.{at}.".encode() + body
    return base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
