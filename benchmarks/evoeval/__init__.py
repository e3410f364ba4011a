"""EvoEval: HumanEval evolved into seven other sets of problems."""
