"""CodeContests: contest problems with public, private and generated tests."""
