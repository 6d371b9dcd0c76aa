"""Names of things as the AT Protocol makes them: DIDs, keys by time, content ids, tokens."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import time
from datetime import UTC, datetime
from typing import Any

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_last = itertools.count(time.time_ns() // 1000)


def did(handle: str) -> str:
    digest = hashlib.sha256(handle.encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]


def tid() -> str:
    """Return a key that is greater than all before: https://atproto.com/specs/tid"""
    number = next(_last) << 10
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(13)))


def cid(value: Any, *, codec: int = 0x71) -> str:
    """Return a content id (CIDv1, SHA-256); of JSON, not of the CBOR that it would really be of."""
    content = value if isinstance(value, bytes) else json.dumps(value, sort_keys=True).encode()
    digest = bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(digest).decode().lower().rstrip("=")


def token(did_: str, scope: str, ends: float) -> str:
    """Return a token in the form of a JWT, signed by nobody."""
    claims = {"scope": scope, "sub": did_, "exp": int(ends), "jti": tid()}
    parts = [json.dumps({"typ": "at+jwt", "alg": "none"}), json.dumps(claims), "practice"]
    return ".".join(base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts)


def stamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
