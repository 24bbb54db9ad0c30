"""Gate files, as TOML: what a report must reach, or may not exceed."""

import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=1)]
"""From 0 to 1, never NaN."""
Given = TypeVar("Given", bound=Struct)


class GateInvalid(ValueError):
    """The gate file is not one; the message says where."""


def read(path: Path, form: type[Given]) -> Given:
    """Reads a gate file of a form. Raises GateInvalid."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), form)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise GateInvalid(message) from error
    except ValueError as error:  # msgspec's, tomllib's and Unicode's errors are ValueErrors
        message = f"{path}: {error}"
        raise GateInvalid(message) from error
