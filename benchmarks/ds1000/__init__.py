"""DS-1000: data science questions, solved by a few lines of Python."""
