"""MBPP, full and sanitized."""
