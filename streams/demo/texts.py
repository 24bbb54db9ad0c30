"""Texts of the demo: templates in many languages, written for it, and the slots that vary them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final, Literal, get_args

import msgspec
from msgspec import Struct

FOLDER: Final = Path(__file__).parent

Kind = Literal[
    "chatter",
    "market",
    "support",
    "advice",
    "launch",
    "ask",
    "pump",
    "giveaway",
    "phishing",
    "staff",
    "insult",
    "advert",
    "rumour",
    "injection",
    "injected_context",
    "rug",
    "unsafe",
]
"""What a text is, known because it was written so. The first six violate nothing."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
HARMLESS: Final = frozenset(KINDS[:6])


class Language(Struct, frozen=True, forbid_unknown_fields=True):
    """The templates of one language. A dialogue is a prompt with its response."""

    lang: str
    locales: tuple[str, ...]
    origin: str
    ordinary: dict[Kind, tuple[str, ...]]
    violating: dict[Kind, tuple[str, ...]]
    dialogues: dict[Kind, tuple[tuple[str, str], ...]]


class Slots(Struct, frozen=True, forbid_unknown_fields=True):
    """Invented names, coins (name, symbol) and addresses. None of the hosts can exist."""

    origin: str
    exchange: str
    names: tuple[str, ...]
    coins: tuple[tuple[str, str], ...]
    good_hosts: tuple[str, ...]
    bad_hosts: tuple[str, ...]
    bad_paths: tuple[str, ...]
    chains: tuple[str, ...]
    models: tuple[str, ...]
    endings: tuple[str, ...]


class Phrase(Struct, frozen=True, kw_only=True):
    """One written-out text. `response` is empty but for dialogues; `coin` is (name, symbol)."""

    kind: Kind
    lang: str
    locale: str
    text: str
    response: str
    coin: tuple[str, str]


def load_languages(folder: Path = FOLDER / "texts") -> tuple[Language, ...]:
    """Reads every language, ordered by its code. Raises msgspec.ValidationError on a bad file."""
    return tuple(
        msgspec.json.decode(path.read_bytes(), type=Language)
        for path in sorted(folder.glob("*.json"))
    )


def load_slots(path: Path = FOLDER / "slots.json") -> Slots:
    """Reads the slots. Raises msgspec.ValidationError on a bad file."""
    return msgspec.json.decode(path.read_bytes(), type=Slots)


def write_phrase(kind: Kind, language: Language, slots: Slots, rng: Random) -> Phrase:
    """Fills a template of `kind` drawn from `language`."""
    coin = rng.choice(slots.coins)
    values = slot_values(slots, coin, rng)
    text, response = rng.choice(_templates(kind, language))
    ending = rng.choice(slots.endings) if kind in ("chatter", "market", "insult") else ""
    return Phrase(
        kind=kind,
        lang=language.lang,
        locale=rng.choice(language.locales),
        text=text.format_map(values) + ending,
        response=response.format_map(values),
        coin=coin,
    )


def _templates(kind: Kind, language: Language) -> Sequence[tuple[str, str]]:
    if kind in language.dialogues:
        return language.dialogues[kind]
    single = language.ordinary.get(kind) or language.violating[kind]
    return [(template, "") for template in single]


def slot_values(slots: Slots, coin: tuple[str, str], rng: Random) -> Mapping[str, str]:
    """Draws a value for every slot that a template may name."""
    name, symbol = coin
    return {
        "coin": name,
        "ticker": f"${symbol}",
        "ex": slots.exchange,
        "name": rng.choice(slots.names),
        "n": str(rng.randint(2, 90)),
        "pct": str(rng.randint(2, 60)),
        "price": f"{rng.uniform(0.02, 90):.2f}",
        "hour": f"{rng.randint(8, 22)}:{rng.choice(('00', '15', '30'))}",
        "phish": f"https://{rng.choice(slots.bad_hosts)}/{rng.choice(slots.bad_paths)}",
        # Too long for an address on any chain.
        "wallet": f"0x{rng.randbytes(24).hex()}",
    }
