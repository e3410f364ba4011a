"""BIG-Bench Hard, and Think-and-Execute on it."""
