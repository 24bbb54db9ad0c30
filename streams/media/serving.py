"""What a process that examines files does between starting and ending: load, examine, answer."""

import errno
import logging
import os
import threading
import time
import traceback
from multiprocessing.connection import Connection
from typing import Final

from detectors import examiners
from detectors.media import Examination, Examiner
from streams.media import allocating, confining
from streams.media.protocol import (
    ENCODER,
    FILE,
    MAX_ANSWER_BYTES,
    MAX_TRACE_CHARS,
    START,
    Answer,
    Examined,
    Failed,
    Partly,
    Ready,
    Unfit,
)

logger = logging.getLogger(__name__)

PARENT_POLL_S: Final = 1.0
_WANTS: Final = frozenset((errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EAGAIN))
_WANTS_SAID: Final = (
    "bad_alloc",
    "bad allocation",
    "insufficient memory",
    "allocate",
    "new thread",
)
"""How libraries say that memory or threads ran out, in exceptions of their own."""


def serve(descriptor: int, unconfined: tuple[str, ...]) -> int:
    """Serves one parent over a socket until it hangs up. Gives the exit code."""
    connection = Connection(descriptor)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    start = START.decode(connection.recv_bytes())
    try:
        examiner = examiners.load(start.setup)
    except Exception as error:  # noqa: BLE001 - told to the parent, which ends
        which = getattr(error, "which", "")
        _send(connection, Unfit(message=f"{type(error).__name__}: {error}", which=which))
        return 1
    confining.bound(start.memory_bytes)
    if not allocating.bound_ffmpeg() and start.setup.lane == "av":
        unconfined = (*unconfined, "FFmpeg's longest block: its library was not found")
    _send(connection, Ready(detectors=examiner.detectors, unconfined=unconfined))
    while True:
        try:
            message = connection.recv_bytes()
        except EOFError:
            return 0
        _send(connection, _examine(examiner, message, connection))


def _examine(examiner: Examiner, message: bytes, connection: Connection) -> Answer:
    def tell(so_far: Examination) -> None:
        _send(connection, Partly(examination=so_far))

    try:
        return Examined(examination=examiner.examine(FILE.decode(message), tell))
    except Exception as error:  # noqa: BLE001 - told to the parent, which logs it
        return Failed(
            error=type(error).__name__,
            trace=traceback.format_exc()[-MAX_TRACE_CHARS:],
            is_exhausted=is_for_want(error),
        )


def is_for_want(error: BaseException) -> bool:
    """Whether something was raised because memory, threads or descriptors ran out."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno in _WANTS:
        return True
    said = str(error).lower()
    return any(one in said for one in _WANTS_SAID)


def _send(connection: Connection, answer: Answer) -> None:
    message = ENCODER.encode(answer)
    if len(message) > MAX_ANSWER_BYTES:
        message = ENCODER.encode(Failed(error=f"an answer of {len(message)} bytes"))
    connection.send_bytes(message)


def _end_with(parent: int) -> None:
    """Ends the process once its parent is gone, whatever it is doing."""
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_S)
    os._exit(1)
