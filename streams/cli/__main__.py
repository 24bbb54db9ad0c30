"""Runs the command as `python -m streams.cli`."""

from streams.cli.main import main

if __name__ == "__main__":
    main()
