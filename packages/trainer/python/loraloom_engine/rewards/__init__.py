"""Declared rewards: what a completion is worth, between 0 and 1 for each of them.

Patterns and schemas are other people's words: none of them may take long, or reach anything.
"""
