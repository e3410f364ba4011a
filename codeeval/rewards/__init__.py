"""Reward functions for reinforcement learning, in the shapes that trainers take.

``codeeval.rewards.trl`` has them for TRL's ``reward_funcs``, ``codeeval.rewards.verl`` for verl's
``custom_reward_function``. Neither imports the trainer. docs/rewards.md has a script for each.
"""
