"""Which article an address leads to, whichever feed or newsletter it was copied from."""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit

LONGEST_ID = 200  # what the desk stores of an id
# Parameters that say how a reader came there, not what is read.
TRACKING = frozenset(
    {"fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "igshid", "yclid"}
    | {"mc_cid", "mc_eid", "ref_src", "_ga", "_gl"}
)
TRACKING_PREFIXES = ("utm_",)
GOOGLE = re.compile(r"(www\.)?google(\.[a-z]{2,3}){1,2}")


def article(link: str, *, base: str = "") -> str:
    """Return the address of the article that `link` leads to, "" if it is no web address.

    Google Alerts wrap it as https://www.google.com/url?...&url=REAL.
    """
    parts = _split(urljoin(base, link.strip()) if base else link.strip())
    if parts and GOOGLE.fullmatch(parts.hostname or "") and parts.path == "/url":
        given = dict(parse_qsl(parts.query))
        parts = _split(given.get("url") or given.get("q") or "")
    if parts is None:
        return ""
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(pair[0])]
    query = parts.query if len(kept) == parts.query.count("&") + 1 else urlencode(kept)
    return parts._replace(query=query).geturl()


def key(link: str) -> str:
    """Return what is the same for all ways to write the address `article` returned."""
    parts = urlsplit(link)
    host = (parts.hostname or "").lower()
    same = f"https://{host}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    return fitted(same)


def publisher(link: str) -> str:
    """Return the host of an address, by which a publication is known."""
    return (urlsplit(link).hostname or "").removeprefix("www.")


def fitted(identifier: str) -> str:
    """Return `identifier`, or what stands for it if it is longer than the desk can store."""
    if len(identifier) <= LONGEST_ID:
        return identifier
    return f"sha256:{sha256(identifier.encode()).hexdigest()}"


def _tracks(name: str) -> bool:
    return name.lower() in TRACKING or name.lower().startswith(TRACKING_PREFIXES)


def _split(link: str) -> SplitResult | None:
    try:
        parts = urlsplit(link)
        _port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        return None
    return parts
