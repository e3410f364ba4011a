"""Ways to spend more tokens on one sample: draw several and choose, repair, plan. See docs/strategies.md."""
