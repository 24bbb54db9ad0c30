"""Backtest: archived verdicts decided again by another policy, from what they record."""
