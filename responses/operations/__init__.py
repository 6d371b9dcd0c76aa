"""Every write to what we say: keyword-only functions, one transaction each."""
