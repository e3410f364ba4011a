"""MultiPL-E: HumanEval and MBPP in many languages."""
