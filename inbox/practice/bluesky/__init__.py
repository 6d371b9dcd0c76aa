"""A practice network that speaks Bluesky's endpoints: account server, index and chat in one."""
