"""A small server of feeds on this machine, with the troubles that feeds have."""
