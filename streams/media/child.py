"""The process that examines files: `python -m streams.media.child FD`.

It decodes what anybody may have made, so it has nothing to lose: no secret in its environment, no
privilege to gain, bounded memory, and a parent that ends it when a file takes too long. Messages
come and go over the socket FD; it ends when that closes.
"""

import ctypes
import logging
import os
import resource
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Final

from detectors import examiners
from detectors.media import Examiner
from streams.media.protocol import ENCODER, FILE, START, Answer, Examined, Failed, Ready, Unfit

logger = logging.getLogger(__name__)

PR_SET_NO_NEW_PRIVS: Final = 38
"""`prctl(2)`: no program that it starts gains a privilege."""
PARENT_POLL_S: Final = 1.0


def main() -> int:
    """Serves one parent until it hangs up. Gives the exit code."""
    connection = Connection(int(sys.argv[1]))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    start = START.decode(connection.recv_bytes())
    try:
        examiner = examiners.load(start.setup)
    except Exception as error:  # noqa: BLE001 - told to the parent, which ends
        which = getattr(error, "which", "")
        _send(connection, Unfit(message=f"{type(error).__name__}: {error}", which=which))
        return 1
    _confine(start.memory_bytes)
    _send(connection, Ready(detectors=examiner.detectors))
    while True:
        try:
            message = connection.recv_bytes()
        except EOFError:
            return 0
        _send(connection, _examine(examiner, message))


def _examine(examiner: Examiner, message: bytes) -> Answer:
    try:
        return Examined(examination=examiner.examine(FILE.decode(message)))
    except Exception as error:
        logger.exception("examining failed")
        return Failed(error=type(error).__name__)


def _confine(memory_bytes: int) -> None:
    """Bounds memory (private, writable mappings), and allows neither dumps nor new privileges."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _end_with(parent: int) -> None:
    """Ends the process once its parent is gone, whatever it is doing."""
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_S)
    os._exit(1)


def _send(connection: Connection, answer: Answer) -> None:
    connection.send_bytes(ENCODER.encode(answer))


if __name__ == "__main__":
    sys.exit(main())
