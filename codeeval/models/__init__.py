"""Model backends: one module each, see CONTRIBUTING.md."""
