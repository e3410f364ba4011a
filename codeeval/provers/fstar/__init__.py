"""F* as the judge of proofs: ``fstar.exe --ide``, one process a source file, and what counts as a proof."""
