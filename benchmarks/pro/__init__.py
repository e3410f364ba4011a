"""HumanEval Pro, MBPP Pro and BigCodeBench-Lite Pro: self-invoking problems."""
