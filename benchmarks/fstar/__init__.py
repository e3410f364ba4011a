"""F* proof synthesis: given a type and its context, write the definition; F* judges."""
