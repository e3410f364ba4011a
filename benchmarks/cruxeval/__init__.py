"""CRUXEval."""
