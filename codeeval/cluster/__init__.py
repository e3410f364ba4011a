"""The nodes of a Ray cluster as one pool of sandboxes: a long-lived actor on each, around a warm pool."""
