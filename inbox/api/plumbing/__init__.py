"""What every part of the API shares: who asks, what went wrong, pages, repeats, limits."""
