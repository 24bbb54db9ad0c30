"""An examiner that does what a file says: to itself, its process, and what is around that."""

import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from detectors.examiners import Setup
from detectors.media import Examination, Examiner, File, Tell
from schemas.signals import Signal
from schemas.verdicts import Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

NEEDS = "needs:"
"""Begins a name in the setup: of a file without which nothing can be loaded."""
BEYOND = 7.0
"""A score that no signal may have."""


HELD_S = 60.0
"""How long a process holds the socket that left its parent's group."""


class Obedient:
    detectors = ("image.obedient@1",)

    def __init__(self) -> None:
        self._kept: list[bytearray] = []

    def examine(self, file: File, /, tell: Tell | None = None) -> Examination:
        order, _, rest = file.content.decode().partition(" ")
        if order == "tell" and tell is not None:
            tell(Examination(signals=(known(file.name),)))
            order, _, rest = rest.partition(" ")
        score, evidence = 0.5, {"pid": str(os.getpid())}
        match order:
            case "sleep":
                time.sleep(float(rest))
            case "allocate":
                bytearray(int(rest) << 20)
            case "decode":
                return decoded(file.name, int(rest))
            case "keep":
                self._kept.append(bytearray(int(rest) << 20))
            case "crash" | "exit" | "kill" | "hang-up":
                end(order, rest)
            case "raise":
                raise ValueError(rest)
            case "beyond":
                score = BEYOND
            case "long":
                evidence["long"] = "x" * (int(rest) << 20)
            case "raw":
                raw(int(rest))
            case "try":
                evidence["found"] = json.dumps(tried(rest))
        signal_ = Signal(
            label="spam",
            score=score,
            detector="image.obedient@1",
            part=file.name,
            evidence=evidence,
        )
        return Examination(signals=(signal_,))


def known(name: str) -> Signal:
    """Gives what is told of a file before anything happens to it."""
    return Signal(label="child_safety", score=1.0, detector="image.obedient@1", part=name)


def decoded(name: str, n_mib: int) -> Examination:
    """Says like an examiner that a file takes too much memory, where it does."""
    try:
        bytearray(n_mib << 20)
    except MemoryError:
        cause = "out_of_memory: while decoding"
        return Examination(unanswered=(Unanswered(detector="image.*", part=name, cause=cause),))
    return Examination()


def end(how: str, code: str) -> None:
    match how:
        case "crash":
            ctypes.string_at(0)
        case "exit":
            sys.exit(int(code))
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            hang_up()


def hang_up() -> None:
    """Leaves a process in a group of its own that holds the socket, and does not answer."""
    if os.fork() == 0:
        os.setsid()
        time.sleep(HELD_S)
        os._exit(0)
    time.sleep(600.0)


def raw(n_bytes: int) -> None:
    """Sends that so many bytes follow, and none of them."""
    socket.socket(fileno=os.dup(int(sys.argv[1]))).send(n_bytes.to_bytes(4, "big"))
    time.sleep(600.0)


def tried(what: str) -> str:
    """Gives what came of something that a file may have its process do."""
    parent = os.getppid()
    attempts: dict[str, Callable[[], object]] = {
        "environment": lambda: dict(os.environ),
        "parent's environment": lambda: len(Path(f"/proc/{parent}/environ").read_bytes()),
        "parent's memory": lambda: Path(f"/proc/{parent}/mem").open("rb").close(),
        "to end the parent": lambda: os.kill(parent, 0),
        "to write": lambda: Path("tidegate-test-written").write_text("x", encoding="ascii"),
        "to write a temporary file": lambda: Path(os.environ["TMPDIR"], "x").write_bytes(b"x"),
        "a program": lambda: subprocess.run(["/bin/true"], check=True),
        "the network": lambda: socket.create_connection(("192.0.2.1", 9), 2.0),
        "a datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).connect(("192.0.2.1", 9)),
        "descriptors": lambda: [link(one) for one in Path("/proc/self/fd").iterdir()],
        "files": lambda: resource.getrlimit(resource.RLIMIT_NOFILE),
        "lines": lambda: Path("/proc/self/status").read_text(encoding="ascii"),
    }
    try:
        return str(attempts[what]())
    except OSError as error:
        return type(error).__name__


def link(descriptor: Path) -> str:
    """Gives what a descriptor is of; the folder's own is gone by then."""
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


def load(setup: Setup) -> Examiner:
    for name in setup.names:
        if not Path(name.removeprefix(NEEDS)).exists():
            message = "there is no such file"
            raise FileNotFoundError(message)
    return Obedient()
