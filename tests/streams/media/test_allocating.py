import subprocess
import sys

ASKED = """
import av  # noqa: F401
from streams.media.allocating import _loaded, bound_ffmpeg
import ctypes
[path] = _loaded()
library = ctypes.CDLL(path)
library.av_malloc.restype = ctypes.c_void_p
def given(n_bytes):
    return library.av_malloc(ctypes.c_size_t(n_bytes)) is not None
before = given(65 << 20)
print(before, bound_ffmpeg(64 << 20), given(63 << 20), given(65 << 20))
"""


def test_ffmpeg_is_given_no_longer_block() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True", "False"]


def test_without_ffmpeg_nothing_is_bound() -> None:
    code = "from streams.media.allocating import bound_ffmpeg; print(bound_ffmpeg())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
