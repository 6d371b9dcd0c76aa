"""A practice server that speaks Mastodon's API, after https://docs.joinmastodon.org."""
