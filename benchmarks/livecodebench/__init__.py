"""LiveCodeBench: code generation, self-repair, code execution and test output prediction."""
