import struct

import numpy as np
import pytest

from detectors.training.audio_asr.ct2_file import read


def name(text: str) -> bytes:
    content = text.encode() + b"\0"
    return struct.pack("<H", len(content)) + content


def variable(text: str, values: np.ndarray, kind: int) -> bytes:
    content = values.tobytes()
    shape = struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)
    return name(text) + shape + struct.pack("<BI", kind, len(content)) + content


def test_variables_are_read() -> None:
    table = np.arange(6, dtype=np.float16).reshape(2, 3)
    content = (
        struct.pack("<I", 6) + name("WhisperSpec") + struct.pack("<II", 3, 2)
        + variable("a/weight", table, 4) + variable("heads", np.array(8, np.int16), 2)
        + struct.pack("<I", 0)
    )  # fmt: skip
    found = read(content)
    assert list(found) == ["a/weight", "heads"]
    assert found["a/weight"].dtype == np.float32
    assert found["a/weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["heads"] == 8


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 5 of the format, not 6"):
        read(struct.pack("<I", 5))
