import pytest

from streams.media.serving import is_for_want


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
        OSError(24, "Too many open files"),
        RuntimeError("can't start new thread"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer"),
        ValueError("OpenCV(4.10.0): error: (-4:Insufficient memory) Failed to allocate 9 bytes"),
    ],
)
def test_want_is_told_from_defects(error: Exception) -> None:
    assert is_for_want(error)


@pytest.mark.parametrize("error", [ValueError("x"), OSError(2, "No such file"), KeyError("memory")])
def test_defects_are_told_from_want(error: Exception) -> None:
    assert not is_for_want(error)
