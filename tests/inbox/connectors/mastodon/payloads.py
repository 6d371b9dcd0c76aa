"""Payloads shaped like Mastodon's, all invented.

The shapes follow https://docs.joinmastodon.org/entities/Status/, .../Account/, .../Notification/.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.types import ChannelCredentials, Endpoints

SITE = "https://social.example"
OWN_ID = "500"
SECRETS = ("SECRET-access", "SECRET-refresh", "SECRET-client")
FACTS = {
    "account_id": OWN_ID,
    "domain": "social.example",
    "text_length": 500,
    "private_text_length": 500,
    "url_length": 23,
    "visibility": "public",
    "notification_types": ["mention", "update"],
}
CREDENTIALS = ChannelCredentials(
    external_id="codero@social.example",
    handle="codero@social.example",
    endpoints=Endpoints(
        api_url=SITE,
        authorize_url=f"{SITE}/oauth/authorize",
        token_url=f"{SITE}/oauth/token",
        client_id="app-1",
        client_secret=SECRETS[2],
    ),
    secrets={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
    facts=FACTS,
)
US = {
    "id": OWN_ID,
    "username": "codero",
    "acct": "codero",
    "display_name": "Codero",
    "url": f"{SITE}/@codero",
    "avatar": f"{SITE}/codero.png",
    "followers_count": 4100,
    "created_at": "2017-01-01T00:00:00.000Z",
    "fields": [{"name": "Web", "value": "codero.example", "verified_at": "2024-01-01T00:00:00Z"}],
}
RINA = {
    "id": "77",
    "username": "rina_w",
    "acct": "Rina_W@far.example",
    "display_name": "Rina & Co",
    "url": "https://far.example/@rina_w",
    "avatar": "https://far.example/rina.jpg",
    "followers_count": 128_000,
    "created_at": "2019-03-01T00:00:00.000Z",
    "fields": [],
}
NOW = datetime.now(UTC).replace(microsecond=0)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mention_of(account: dict[str, Any]) -> dict[str, Any]:
    return {name: account[name] for name in ("id", "username", "acct", "url")}


def make_status(number: int | str, *, account: dict[str, Any] = RINA, **fields: Any) -> Any:
    """A status that mentions us, or one of ours; `number` is its id and its second."""
    second = int(number) if str(number).isdigit() else 0
    return {
        "id": str(number),
        "created_at": stamp(NOW - timedelta(days=1) + timedelta(seconds=second)),
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "url": f"{SITE}/@x/{number}",
        "content": "<p>my site is <strong>down</strong></p>",
        "reblog": None,
        "account": account,
        "media_attachments": [],
        "mentions": [] if account is US else [mention_of(US)],
        "tags": [],
    } | fields


def make_notification(status: Any, *, type_: str = "mention") -> dict[str, Any]:
    made = {"id": f"n{status['id']}", "type": type_, "created_at": status["created_at"]}
    return {**made, "account": RINA, "status": status}
