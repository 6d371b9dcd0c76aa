"""Every write to inbox rows: keyword-only functions, one transaction each."""
