"""``codeeval packages``, about problem packages: ``cli`` parses and prints, ``generating`` does the work."""
