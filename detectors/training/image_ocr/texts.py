"""What the drawn lines say: pieces of sentences in many languages, and what people post."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

SETS: Final = ("ntrex_news", "tatoeba", "xquad")
MIX: Final = {
    "ru": 0.20,
    "uk": 0.03,
    "bg": 0.02,
    "be": 0.01,
    "sr": 0.01,
    "ar": 0.24,
    "fa": 0.03,
    "ur": 0.02,
    "hi": 0.19,
    "mr": 0.02,
    "vi": 0.14,
    "en": 0.03,
    "es": 0.01,
    "tr": 0.01,
    "zh": 0.02,
    "ja": 0.02,
}
"""Share of the lines by language."""
CYRILLIC: Final = frozenset({"ru", "uk", "bg", "be", "sr"})
ARABIC: Final = frozenset({"ar", "fa", "ur"})
DEVANAGARI: Final = frozenset({"hi", "mr"})
_ARABIC_MARKS: Final = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200b-\u200f]")
_SIGNS: Final = str.maketrans("“”„«»‘’–—‑−…", '"""""\'\'----.')
_LATIN: Final = (
    *("USDT", "BTC", "ETH", "USDC", "SOL", "TON", "TRX", "BNB", "NFT", "AI", "DeFi", "Telegram"),
    *("WhatsApp", "Bitcoin", "wallet", "airdrop", "bonus", "claim", "support", "admin", "login"),
    *("VIP", "bot", "APY", "KYC", "P2P", "Binance", "MetaMask", "Solana", "pump", "moon"),
)
_DOMAINS: Final = ("example", "com", "org", "net", "io", "xyz", "me", "app", "top", "info", "test")


def sentences(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Gives the sentences of the data sets in the languages of `MIX`."""
    found: dict[str, list[str]] = {lang: [] for lang in MIX}
    for name in SETS:
        with (folder / name / "data.jsonl").open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["lang"] in found:
                    found[row["lang"]].append(row["text"])
    return {lang: tuple(texts) for lang, texts in found.items()}


def cleaned(text: str) -> str:
    """Gives a text as it is to be read: plain signs, no vowel marks of Arabic."""
    plain = _ARABIC_MARKS.sub("", unicodedata.normalize("NFC", text).translate(_SIGNS))
    return " ".join(plain.split())


def line(lang: str, known: Mapping[str, Sequence[str]], rng: np.random.Generator) -> str:
    """Gives a line of some words of a sentence, at times with what posts have in between."""
    texts = known[lang]
    words = cleaned(texts[int(rng.integers(len(texts)))]).split(" ")
    if lang in {"zh", "ja"}:
        whole = "".join(words)
        start = int(rng.integers(max(1, len(whole) - 10)))
        words = [whole[start : start + int(rng.integers(3, 24))]]
    else:
        start = int(rng.integers(max(1, len(words) - 3)))
        words = words[start : start + int(rng.choice((1, 2, 3, 4, 5, 6, 8)))]
    if rng.random() < 0.15:  # noqa: PLR2004
        words.insert(int(rng.integers(len(words) + 1)), _posted(rng))
    drawn = " ".join(words)[: int(rng.integers(15, 48))].strip()
    if rng.random() < 0.12 and lang not in DEVANAGARI:  # noqa: PLR2004
        drawn = drawn.upper()
    elif rng.random() < 0.1:  # noqa: PLR2004
        drawn = drawn.title() if lang not in DEVANAGARI | ARABIC else drawn
    if rng.random() < 0.1:  # noqa: PLR2004
        drawn += str(rng.choice(("!", "!!!", "?", ":", "...", ",")))
    return unicodedata.normalize("NFC", drawn)


def _posted(rng: np.random.Generator) -> str:
    """A number, an amount, an address, a handle or a word of the trade."""
    number = int(rng.integers(1, 10 ** int(rng.integers(1, 6))))
    name = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), int(rng.integers(3, 9))))
    word = str(rng.choice(_LATIN))
    kinds = (
        str(number),
        f"{number}%",
        f"{number / 10:.1f}",
        f"${number}",
        f"{number} {word}",
        f"{int(rng.integers(24))}:{int(rng.integers(60)):02d}",
        f"{name}-{word.lower()}.{rng.choice(_DOMAINS)}",
        f"{name}.{rng.choice(_DOMAINS)}",
        f"https://{name}.{rng.choice(_DOMAINS)}/{word.lower()}",
        f"@{name}_{word.lower()}",
        f"#{word}",
        word,
        word,
    )
    return kinds[int(rng.integers(len(kinds)))]
