"""APPS, and TACO in its form: contest problems in Python, by cases or by calls."""
