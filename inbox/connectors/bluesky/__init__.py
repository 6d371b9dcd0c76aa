"""Bluesky, and every other server of accounts (PDS) of the AT Protocol.

Where the facts come from:
- endpoints and fields (lexicons): https://docs.bsky.app/docs/category/http-reference
- handles, DIDs and where an account lives: https://atproto.com/specs/handle, https://atproto.com/specs/did
- sessions: https://atproto.com/specs/xrpc#authentication
- ids and keys of records: https://atproto.com/specs/tid, https://atproto.com/specs/record-key
- facets: https://docs.bsky.app/docs/advanced-guides/post-richtext
- rate limits: https://docs.bsky.app/docs/advanced-guides/rate-limits
- private messages: https://docs.bsky.app/docs/api/chat-bsky-convo-list-convos

All that is written is a record in the account's own repository, under a key that we choose: so
publishing twice under one key changes nothing (decisions/0011).
"""
