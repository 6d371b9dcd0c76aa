"""The ways in which servers of this API differ, all off: Mastodon's own."""

from __future__ import annotations

from typing import Any

from inbox.practice.mastodon import oddities

SWITCHES: dict[str, Any] = {
    **oddities.SWITCHES,
    "plain_scopes": "",  # knows no narrow ones; says so to the "app", on the "page", in "metadata"
    "no_pkce": False,  # whatever is sent for it is ignored
    "ignores_since": False,  # lists begin at their end whatever since_id and min_id say
    "ignores_types": False,  # all notifications are listed, whichever are asked for
    "odd_links": "",  # in the header they are "relative", or lead "elsewhere"
    "limit_headers": "date",  # when a limit ends: a "date", an "epoch", or "none" are told
    "slow_media": False,  # pictures, too, take time to convert
    "no_idempotency": False,  # Idempotency-Key is ignored
    "ulid_ids": False,  # ids are ULIDs, not digits
    "websocket_only": False,  # no stream of server-sent events
    "no_streaming": False,  # nothing is told over a line at all
    "no_v2_instance": False,
    "no_bulk_lookup": False,  # statuses are told one by one only
    "no_conversations": False,
    "no_link_header": False,
    "no_full_text": False,  # search finds no statuses: a server without an index
    "hides_own_directs": False,  # they are missing from the list of one's own statuses
    "strict_types": False,  # an unknown type of notification is an error of the server
    "filters_strangers": False,  # the account's policy for notifications
    "max_characters": 500,
    "clock_offset": 0.0,  # seconds by which the server's clock is wrong
}
