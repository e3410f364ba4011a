"""What several benchmarks use; a benchmark imports from here and never from another benchmark."""
