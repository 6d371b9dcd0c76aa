"""Stand-ins for the networks, for demos, drills and tests. They import nothing of ours."""
