"""The JSON Schema of the report: `python -m streams.backtest.schema` prints it."""

import sys
from pathlib import Path
from typing import Final

import msgspec

from streams.backtest.report import FORMAT, Report

PATH: Final = Path(__file__).with_name("report.schema.json")
"""Where it is kept."""


def schema() -> bytes:
    """Gives the JSON Schema (2020-12) of `backtest.json`."""
    document = msgspec.json.schema(Report)
    document |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": FORMAT}
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(schema())
