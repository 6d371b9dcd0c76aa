"""X (formerly Twitter), by its API v2.

Where the facts come from:
- endpoints and fields: https://docs.x.com/x-api and its description at https://api.x.com/2/openapi.json
- sign-in: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
- limits: https://docs.x.com/x-api/fundamentals/rate-limits
- errors: https://docs.x.com/x-api/fundamentals/response-codes-and-errors
- edits: https://docs.x.com/x-api/fundamentals/edit-posts
- length of a post: https://docs.x.com/fundamentals/counting-characters
- what apps may do: https://docs.x.com/developer-guidelines
"""
