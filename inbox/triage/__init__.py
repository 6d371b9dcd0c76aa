"""What a message means before anybody has read it: pure functions, no rows, no settings."""
