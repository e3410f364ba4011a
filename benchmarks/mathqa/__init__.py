"""MathQA-Python."""
