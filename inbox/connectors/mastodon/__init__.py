"""Mastodon, and every other server that speaks its API.

Where the facts come from:
- endpoints and fields: https://docs.joinmastodon.org/methods/ and https://docs.joinmastodon.org/entities/
- sign-in and apps: https://docs.joinmastodon.org/methods/oauth/, https://docs.joinmastodon.org/methods/apps/
- pages: https://docs.joinmastodon.org/api/guidelines/#pagination
- rate limits: https://docs.joinmastodon.org/api/rate-limits/
- HTML in posts: https://docs.joinmastodon.org/spec/activitypub/#sanitization
- length of a post: https://docs.joinmastodon.org/user/posting/#text
- scopes: https://docs.joinmastodon.org/api/oauth-scopes/
- streams: https://docs.joinmastodon.org/methods/streaming/

Servers differ: ids are strings of any kind, an `Idempotency-Key` may be ignored, an endpoint, a
scope or a type of notification may be unknown, any field may be missing. What differs in endpoints
is found out once, see `facts.py`; what differs in a payload costs that field and nothing else.
"""
