"""Program-aided language models."""
