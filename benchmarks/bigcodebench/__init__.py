"""BigCodeBench: see README.md."""
