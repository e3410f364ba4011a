"""What several benchmarks use, those of plug-ins among them.

A benchmark imports from here and never from another benchmark.
"""
