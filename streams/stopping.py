"""The signals that ask a process to finish and leave."""

import signal
import threading


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
