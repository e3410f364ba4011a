"""Sandboxes whose programs are proofs: a proof assistant judges them, in a container or on this machine."""
