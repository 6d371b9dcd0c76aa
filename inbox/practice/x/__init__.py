"""A practice network that speaks X API v2; run it with `python -m inbox.practice.x`."""
