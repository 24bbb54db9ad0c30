"""What `text.entities` finds of secrets, requests and claims that somebody disguises."""

from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec
from mnemonic import Mnemonic

from detectors.detector import signals_of
from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS
from detectors.text.entities.detector import Entities
from detectors.text.entities.redaction import redacted
from detectors.text.entities.rendering import renderings
from schemas.content import TextPart
from schemas.signals import Signal

_CLAIMS: Final = frozenset({"secret_request", "staff_claim"})
_N_PHRASES: Final = 50
_PHRASE_BYTES: Final = 16
_AROUND: Final = "here it is: {} and so on"
_ASKING: Final = (
    "send me your seed phrase",
    "Please enter your recovery phrase to validate your wallet",
    "give me your private key",
    "пришлите мне вашу сид фразу",
    "envíame tu frase semilla",
    "I am from Kraken support",
    "Hello, I am the official Binance support agent",
    "Здравствуйте, я из службы поддержки Binance",
)
"""Requests and claims, written for this table."""


class Disguise(msgspec.Struct, frozen=True):
    """What is found of seed phrases, requests and claims that an obfuscation hides."""

    name: str
    n_phrases: int
    phrases: int
    redacted: int
    """Phrases found of which the redacted text holds no word, in any reading."""
    n_asking: int
    asking: int


def disguises(detector: Entities) -> tuple[Disguise, ...]:
    """Hides invented phrases, requests and claims in every way of the red team."""
    rng = Random(7)  # noqa: S311 - phrases of nobody, the same every time
    mnemonic = Mnemonic("english")
    phrases = [mnemonic.to_mnemonic(rng.randbytes(_PHRASE_BYTES)) for _ in range(_N_PHRASES)]
    return tuple(_disguise(name, phrases, detector) for name in OBFUSCATIONS)


def _disguise(name: str, phrases: Sequence[str], detector: Entities) -> Disguise:
    hide = OBFUSCATIONS[name]
    rng = Random(1)  # noqa: S311 - the same every time
    texts = [hide(_AROUND.format(phrase), rng) for phrase in phrases]
    answers = [_signals(detector, text) for text in texts]
    asking = [(text, hide(text, rng)) for text in _ASKING]
    hidden = [other for text, other in asking if other != text]
    return Disguise(
        name,
        len(texts),
        sum(any(_kind(one) == "seed_phrase" for one in signals) for signals in answers),
        sum(map(_is_gone, phrases, texts, answers)),
        len(hidden),
        sum(bool({_kind(one) for one in _signals(detector, text)} & _CLAIMS) for text in hidden),
    )


def _is_gone(phrase: str, text: str, signals: Sequence[Signal]) -> bool:
    if not any(_kind(one) == "seed_phrase" for one in signals):
        return False
    ways, _ = renderings(redacted(text, signals))
    return all(set(phrase.split()).isdisjoint(way.text.split()) for way in ways)


def _signals(detector: Entities, text: str) -> tuple[Signal, ...]:
    return signals_of(detector.predict([TextPart(name="text", text=text)])[0])


def _kind(signal: Signal) -> str:
    return (signal.evidence or {}).get("kind", "")


def table(found: Sequence[Disguise]) -> str:
    """The section of a report."""
    return (
        "## Disguises\n\n"
        "Invented seed phrases inside a sentence, and requests and claims, hidden by the red "
        "team's obfuscations; of the latter those that one changes. Redacted: no word of the "
        "phrase is left, in any reading.\n\n"
        "| obfuscation | phrases | found | redacted | requests and claims | found |\n"
        f"|---|---|---|---|---|---|\n{''.join(map(_line, found))}"
    )


def _line(one: Disguise) -> str:
    cells = (one.name, one.n_phrases, one.phrases, one.redacted, one.n_asking, one.asking)
    return f"| {' | '.join(map(str, cells))} |\n"
