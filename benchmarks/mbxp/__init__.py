"""MBXP: MBPP in several languages, with the solutions of a model."""
