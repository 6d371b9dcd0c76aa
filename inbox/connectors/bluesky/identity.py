"""Who a handle is and where that account lives: handle -> DID -> its document -> its server.

https://atproto.com/specs/handle#handle-resolution and https://atproto.com/specs/did#did-documents
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from inbox.connectors.bluesky.client import BlueskyClient, as_object
from inbox.connectors.errors import BadPayload, Rejected
from inbox.connectors.http import Http

RESOLVER = "https://public.api.bsky.app"  # answers for handles of every server
DIRECTORY = "https://plc.directory"  # https://web.plc.directory/
SERVER_ID = "#atproto_pds"
LONGEST_DID = 150  # with it, the address of a record fits into what the desk keeps
DID = re.compile(r"did:(plc:[a-z2-7]{24}|web:[A-Za-z0-9.%-]+)")
HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?")


def did_of(http: Http, handle: str) -> str:
    """Return the DID behind a handle. Raises Rejected if there is nobody of that name."""
    return did(BlueskyClient(http, pds=RESOLVER).resolve_handle(handle).get("did"))


def server_of(http: Http, did_: str) -> str:
    """Return the address of the server where the account `did_` lives."""
    found = server_in(document(http, did_))
    if not found:
        raise Rejected("The account's own document does not say on which server it is.")
    return found


def document(http: Http, did_: str) -> Mapping[str, Any]:
    """Return the document of a DID, from the directory or from the domain that it names."""
    method, _colon, rest = did_.removeprefix("did:").partition(":")
    address = f"{DIRECTORY}/{did_}"
    if method == "web":
        address = f"https://{unquote(rest)}/.well-known/did.json"
    return as_object(http.request("GET", address))


def server_in(doc: Any) -> str:
    """Return the address of the server that a DID's document names, "" if there is none."""
    services = doc.get("service") if isinstance(doc, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict) and str(service.get("id")).endswith(SERVER_ID):
            return origin(str(service.get("serviceEndpoint")))
    return ""


def origin(address: str) -> str:
    """Return scheme, host and port of an address that a person or a document gave us.

    Raises Rejected for what is no bare address of a server.
    """
    address = address.strip().rstrip("/")
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        _port = parts.port
    except ValueError as exc:
        raise Rejected("The address of the server is malformed.") from exc
    extra = parts.path or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("https", "http") or not parts.hostname or extra:
        raise Rejected("The address of the server must look like https://pds.example.org.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def did(value: Any) -> str:
    """Return `value` if it is a DID. Raises BadPayload if it is not."""
    if not isinstance(value, str) or len(value) > LONGEST_DID or not DID.fullmatch(value):
        raise BadPayload("Bluesky did not say whose account this is.")
    return value
