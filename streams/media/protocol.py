"""What a lane and the processes that examine its files say to each other: msgpack messages."""

from typing import Final

import msgspec
from msgspec import Struct

from detectors.examiners import Setup
from detectors.media import Examination, File

MAX_ANSWER_BYTES: Final = 16 << 20
"""Longest answer: some hundred times what an hour of speech gives."""
MAX_TRACE_CHARS: Final = 4_000


class Start(Struct, frozen=True, kw_only=True, tag=True):
    """The first message to a process: what it loads, and what it may use."""

    setup: Setup
    memory_bytes: int
    """Most private memory; what asks for more fails."""


class Ready(Struct, frozen=True, kw_only=True, tag=True):
    """Everything is loaded: the ids of what examines, in order."""

    detectors: tuple[str, ...]
    unconfined: tuple[str, ...] = ()
    """What the system would not let it give up, for people."""


class Unfit(Struct, frozen=True, kw_only=True, tag=True):
    """It cannot be loaded; the process ends. `which` names the list at fault, if one is."""

    message: str
    which: str = ""


class Failed(Struct, frozen=True, kw_only=True, tag=True):
    """Examining raised: a defect, and the process goes on. `error` is the exception's name."""

    error: str
    trace: str = ""
    """The last of the traceback."""
    is_exhausted: bool = False
    """Whether memory, threads or descriptors ran out: for want of them others would fail too."""


class Examined(Struct, frozen=True, kw_only=True, tag=True):
    """What is said of the file."""

    examination: Examination


class Partly(Struct, frozen=True, kw_only=True, tag=True):
    """What is said of the file so far: it stands if no more comes."""

    examination: Examination


Answer = Ready | Unfit | Failed | Partly | Examined

ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=str)
"""Paths go as text."""
START: Final = msgspec.msgpack.Decoder(Start, dec_hook=lambda kind, text: kind(text))
FILE: Final = msgspec.msgpack.Decoder(File)
ANSWER: Final = msgspec.msgpack.Decoder(Answer)
