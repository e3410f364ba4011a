"""HumanEval-XL: 80 problems in 12 programming languages, stated in 23 natural ones."""
