"""What we say: drafts, approvals, replies and their deliveries."""
