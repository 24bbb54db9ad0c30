"""The command `tidegate`."""

from streams.cli.main import main

__all__ = ["main"]
