"""What stands between a run and a model: completion cache, budget and prices, pacing."""
