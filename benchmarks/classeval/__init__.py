"""ClassEval: 100 Python classes to complete from their skeletons."""
