"""Sources of completions that exist already: sample files, and a benchmark's own reference solutions."""
