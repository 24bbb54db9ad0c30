"""How well the shipped models do, and the commands that measure it."""
