"""Launchers that start isolated runners, and the host side of the runner's protocol."""
