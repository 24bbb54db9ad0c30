"""Reads CTranslate2's model.bin: the layout of `ctranslate2/specs/model_spec.py`, version 6."""

import struct
from collections.abc import Mapping
from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt

Weights = Mapping[str, npt.NDArray[np.float32]]

_TYPES: Final[dict[int, npt.DTypeLike]] = {
    0: "<f4",
    1: "i1",
    2: "<i2",
    3: "<i4",
    4: "<f2",
}
_VERSION: Final = 6


def read(content: bytes) -> Weights:
    """Gives the variables by name, float32. Raises ValueError for another version."""
    file = BytesIO(content)
    if (version := _number(file, "I")) != _VERSION:
        message = f"version {version} of the format, not {_VERSION}"
        raise ValueError(message)
    _name(file)  # of the specification
    _number(file, "I")  # its revision
    found: dict[str, npt.NDArray[np.float32]] = {}
    for _ in range(_number(file, "I")):
        name = _name(file)
        shape = [_number(file, "I") for _ in range(_number(file, "B"))]
        dtype = _TYPES[_number(file, "B")]
        values = np.frombuffer(file.read(_number(file, "I")), dtype)
        found[name] = values.reshape(shape).astype(np.float32)
    return found


def _number(file: BytesIO, kind: str) -> int:
    layout = f"<{kind}"
    return int(struct.unpack(layout, file.read(struct.calcsize(layout)))[0])


def _name(file: BytesIO) -> str:
    return file.read(_number(file, "H")).rstrip(b"\0").decode()
