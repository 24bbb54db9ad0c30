"""How much a verdict may hold, so that its topic takes it whatever an event is made of. Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import structs

from schemas.signals import Signal
from schemas.topics import VERDICTS
from schemas.verdicts import Verdict
from streams import metrics

MAX_SIGNALS: Final = 1_024
"""Signals of a verdict: an event has 36 texts at most, and a model gives 18 labels a text."""
MAX_VERDICT_BYTES: Final = VERDICTS.max_message_bytes - 4_096
"""Most bytes of a verdict; the rest is for key, headers and Kafka's framing of the batch."""

_ENCODER: Final = msgspec.json.Encoder()


class VerdictTooLarge(ValueError):
    """A verdict does not fit its topic, even without signals."""


def strongest(signals: Sequence[Signal]) -> tuple[tuple[Signal, ...], tuple[str, ...]]:
    """Gives the signals to record, in order, and the detectors of which some were left out.

    Up to `MAX_SIGNALS` are all recorded. Of more, the highest of each label and detector, so that
    every rule finds what it looks for, then the highest scores, earlier signals first.
    """
    if len(signals) <= MAX_SIGNALS:
        return tuple(signals), ()
    order = sorted(range(len(signals)), key=lambda at: -signals[at].score)
    tops: dict[tuple[str, str], int] = {}
    for at in order:
        tops.setdefault((signals[at].label, signals[at].detector), at)
    ranked = list(dict.fromkeys([*tops.values(), *order]))
    kept = sorted(ranked[:MAX_SIGNALS])
    cut = dict.fromkeys(signals[at].detector for at in sorted(ranked[MAX_SIGNALS:]))
    return tuple(signals[at] for at in kept), tuple(cut)


def fitted(verdict: Verdict, *, max_bytes: int = MAX_VERDICT_BYTES) -> tuple[Verdict, bytes]:
    """Gives a verdict that fits its topic, and its encoding; nearly always the very one.

    A larger one first gives up what a policy in shadow beside asked for, so that all else is as
    without. Then the lowest signals lose their evidence, as many as it takes, and where that is not
    enough the lowest signals go. Action and reasons stay: they were decided on all signals.
    (1,024 signals without evidence take a third of the limit at most, so none of the pipeline's go
    and a verdict can be decided again from what it records.)
    Raises VerdictTooLarge when there is more than `max_bytes` besides the signals.
    """
    value = _ENCODER.encode(verdict)
    excess = len(value) - max_bytes
    if excess <= 0:
        return verdict, value
    if verdict.shadow is not None:
        metrics.SHADOW_FAILURES.labels("size").inc()
        return fitted(structs.replace(verdict, shadow=None), max_bytes=max_bytes)
    signals = dict(enumerate(verdict.signals))
    lowest_first = sorted(signals, key=lambda at: (signals[at].score, -at))
    for at in lowest_first:
        if excess <= 0:
            break
        bare = structs.replace(signals[at], evidence=None)
        excess -= _n_bytes(signals[at]) - _n_bytes(bare)
        signals[at] = bare
    for at in lowest_first:
        if excess <= 0:
            break
        excess -= _n_bytes(signals.pop(at)) + len(",")
    smaller = structs.replace(verdict, signals=tuple(signals.values()))
    value = _ENCODER.encode(smaller)
    if len(value) > max_bytes:
        message = f"{len(value)} bytes besides the signals, the limit is {max_bytes}"
        raise VerdictTooLarge(message)
    return smaller, value


def _n_bytes(signal: Signal) -> int:
    return len(_ENCODER.encode(signal))
