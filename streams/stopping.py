"""The signals that ask a process to finish and leave."""

import logging
import os
import signal
import sys
import threading
from typing import NoReturn


def stop_signals() -> tuple[signal.Signals, ...]:
    """Gives SIGTERM, SIGINT and SIGHUP, which a closed terminal sends.

    SIGHUP is left out where it is ignored: `nohup` wants the process to outlive its terminal.
    """
    always = (signal.SIGTERM, signal.SIGINT)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return always
    return (*always, signal.SIGHUP)


def stop_on_signal() -> threading.Event:
    """Gives an event that each of these signals sets. For the main thread."""
    stop = threading.Event()
    for number in stop_signals():
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop


def leave(code: int) -> NoReturn:
    """Ends the process at once, when all that it had to do is done.

    Python would take apart first what was loaded, piece by piece: seconds on a busy machine.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
