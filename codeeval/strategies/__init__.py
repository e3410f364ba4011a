"""Ways to spend more tokens on one sample: select, repair, plan. See docs/strategies.md."""
