"""A user's own problems, from a file."""
