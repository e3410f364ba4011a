"""``codeeval surge``, the benchmark's own command: ``cli`` parses and prints, ``verifying`` does the work."""
