"""An examining process that does to itself what a file says."""

import ctypes
import sys
import time

from detectors import examiners
from detectors.examiners import Setup
from detectors.media import Examination, Examiner, File
from schemas.signals import Signal
from streams.media import child


class Obedient:
    detectors = ("image.obedient@1",)

    def examine(self, file: File, /) -> Examination:
        order, _, rest = file.content.decode().partition(" ")
        if order == "sleep":
            time.sleep(float(rest))
        if order == "crash":
            ctypes.string_at(0)
        if order == "allocate":
            bytearray(int(rest) << 20)
        if order == "exit":
            sys.exit(int(rest))
        if order == "raise":
            raise ValueError(rest)
        signal = Signal(label="spam", score=0.5, detector="image.obedient@1", part=file.name)
        return Examination(signals=(signal,))


def load(setup: Setup) -> Examiner:
    if "unfit" in setup.names:
        message = "there is no such file"
        raise FileNotFoundError(message)
    return Obedient()


if __name__ == "__main__":
    examiners.load = load
    sys.exit(child.main())
