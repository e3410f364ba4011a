"""HumanEval-X and HumanEvalPack: HumanEval in six languages, to write, translate, fix and explain."""
