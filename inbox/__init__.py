"""What comes in and what it means."""
