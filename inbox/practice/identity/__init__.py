"""A practice place to sign in at, as Google and Microsoft have one: OAuth 2.0 for mailboxes."""
