"""Meme rush: how much a token's facts at launch look like a fraud, factor by factor."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from detectors.text.entities.scoring import probability, why
from schemas.content import Scalar
from schemas.signals import Signal

DETECTOR: Final = "token.facts@1"
PART: Final = "facts"
"""The part that the signal names: the item's context, which is no text."""
_PRIOR: Final = -2.6
"""Log-odds of a launch of which nothing speaks for or against."""
_FLAGS: Final[dict[str, tuple[str, float, float]]] = {
    "has_mint_authority": ("mint authority", 1.1, -0.3),
    "has_freeze_authority": ("freeze authority", 1.1, -0.2),
}
"""By context name: the factor's name, its weight if true and if false."""
_CURVES: Final[dict[str, tuple[str, tuple[float, ...], tuple[float, ...]]]] = {
    "lp_locked_percent": ("LP unlocked", (0.0, 50.0, 90.0, 100.0), (1.6, 0.8, -0.4, -0.8)),
    "top10_holders_percent": ("top-10 holders", (10.0, 30.0, 60.0, 90.0), (-0.5, 0.0, 1.1, 2.0)),
    "buy_tax_percent": ("buy tax", (0.0, 5.0, 10.0, 30.0), (-0.1, 0.2, 0.8, 1.8)),
    "sell_tax_percent": ("sell tax", (0.0, 5.0, 10.0, 30.0, 50.0), (-0.2, 0.3, 1.2, 2.6, 3.4)),
    "n_holders": ("holders", (1.0, 20.0, 200.0, 2_000.0), (0.7, 0.4, 0.0, -0.6)),
    "creator_percent": ("creator share", (0.0, 5.0, 20.0, 50.0), (-0.3, 0.0, 1.1, 2.3)),
}
"""By context name: the factor's name, values and the weights at them; straight between."""
FACTS: Final = frozenset((*_FLAGS, *_CURVES))
"""The names of a context that count here."""


def _number(value: Scalar | None) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value is not None and value >= 0 else None  # type: ignore[operator]


def factors(context: Mapping[str, Scalar]) -> dict[str, float]:
    """Gives the weight, in log-odds, of each fact that the context holds.

    Unknown facts (absent, or of another type than they should be) weigh nothing.
    """
    found: dict[str, float] = {}
    for fact, (name, if_true, if_false) in _FLAGS.items():
        value = context.get(fact)
        if isinstance(value, bool):
            found[name] = if_true if value else if_false
    for fact, (name, values, weights) in _CURVES.items():
        number = _number(context.get(fact))
        if number is not None:
            found[name] = float(np.interp(number, values, weights))
    return found


def token_fraud(context: Mapping[str, Scalar]) -> Signal | None:
    """Gives the `token_fraud` signal of a launch's context; None if it holds no fact.

    `context` is the content item's, as `streams.normalise` fills it from
    `schemas.events.TokenFacts`; `creator_percent`, the creator's share, counts where a product
    sends it. The weights are set by hand (README.md says why): the score orders launches and is
    no measured probability. The evidence lists every factor. Never raises.
    """
    known = factors(context)
    if not known:
        return None
    ranked = dict(sorted(known.items(), key=lambda one: -one[1]))
    return Signal(
        label="token_fraud",
        score=probability(_PRIOR + sum(known.values())),
        detector=DETECTOR,
        part=PART,
        evidence={"kind": "token_facts", "why": why({"any launch": _PRIOR} | ranked)},
    )
