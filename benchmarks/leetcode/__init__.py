"""LeetCodeDataset, and the LeetCode contests of DeepSeek-Coder: methods of a class, decided by assertions."""
