"""codeeval: measure how well language models write, translate, prove and mentally execute code."""

__version__ = "0.1.0"
