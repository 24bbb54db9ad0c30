"""Writes the data files of the normaliser: `lexicon.bin`, `vocabulary.bin` and `confusables.tsv`.

`python -m detectors.text.normaliser.build` needs the `train` extra (wordfreq 3.1.1 and
confusable-homoglyphs 3.3.1) and takes about twenty seconds. The output is the same on every run.

The lexicon holds hashes, and the vocabulary compressed words, not plain ones: a frequency list of
ordinary text has swear words and slurs in it, and what a reader could misread has no place in
the repository.
"""

import logging
import lzma
import math
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from confusable_homoglyphs import confusables
from wordfreq import get_frequency_dict

from detectors.text.normaliser.lexicon import BUCKETS, MAGIC, key, spelt
from detectors.text.normaliser.vocabulary import COMMON_ZIPF, FILTERS, Lists

_FOLDER: Final = Path(__file__).parent
_LOG = logging.getLogger(__name__)
_SMALLER: Final = "sv ro cs fi da nb hu fil ms ca sk sl sh lt lv is bg mk el he fa ur bn ko"
_WORDS: Final = (
    {"en": 40_000, "ru": 40_000, "tr": 36_000, "ar": 30_000, "hi": 30_000, "vi": 8_000}
    | dict.fromkeys(("es", "pt", "fr", "de", "it", "nl", "id", "pl", "uk"), 16_000)
    | dict.fromkeys(
        _SMALLER.split(),
        10_000,
    )
)
"""How many of the most frequent words each language gives."""
_TERMS: Final = (
    "airdrop airdrops altcoin altcoins apy binance bitcoin blockchain bnb btc cashapp coinbase "
    "cryptocurrency dapp defi discord doge dogecoin eth ethereum giveaway hodl jackpot ledger "
    "memecoin memecoins metamask mnemonic nft nfts onlyfans opensea passphrase paypal phishing "
    "presale pumpfun rugpull satoshi shiba solana stablecoin staking telegram tether "
    "trezor uniswap usdc usdt viagra walletconnect wallets wechat whatsapp whitelist xrp"
)
"""Words of the trade that general frequency lists of 2021 miss or rank too low."""
_TERM_ZIPF: Final = 4.0
_MAX_LETTERS: Final = 24
_FEWER: Final = "vi sv ro cs fi da nb hu fil ms ca sk sl sh lt lv is bg mk el"
_READABLE: Final = (
    {"en": 36_000, "ru": 60_000, "tr": 36_000, "ar": 20_000, "hi": 20_000}
    | dict.fromkeys(("es", "pt", "fr"), 30_000)
    | dict.fromkeys(("de", "it", "nl", "id", "pl", "uk"), 20_000)
    | dict.fromkeys(_FEWER.split(), 8_000)
)
"""How many words of a language its vocabulary has; English terms of the trade are in English."""
_FOLDED_SCRIPTS: Final = (
    "ARMENIAN CANADIAN CARIAN CHEROKEE COPTIC CYRILLIC DESERET ELBASAN GEORGIAN GOTHIC GREEK LATIN "
    "LISU LYCIAN LYDIAN MODIFIER OLD OSAGE RUNIC TIFINAGH VAI WARANG"
)
_LATIN_ORTHOGRAPHY: Final = ((0x00C0, 0x024F), (0x1E00, 0x1EFF))
"""Letters that languages write; the accents step decides on them word by word."""


def words() -> dict[str, float]:
    """Every word of the lexicon with its Zipf frequency, the highest over languages."""
    found: dict[str, float] = {}
    for lang, n in _WORDS.items():
        known = get_frequency_dict(lang, wordlist="best")
        for word in sorted(known, key=lambda one: (-known[one], one))[:n]:
            if len(word) <= _MAX_LETTERS and _is_word(word):
                found[word] = max(found.get(word, 0.0), math.log10(known[word]) + 9)
    for word in _TERMS.split():
        found[word] = max(found.get(word, 0.0), _TERM_ZIPF)
    return found


def vocabulary() -> bytes:
    """The vocabulary's file: see `vocabulary.Lists`."""
    found = {lang: _lists(lang, n) for lang, n in _READABLE.items()}
    return msgspec.msgpack.encode(found)


def _lists(lang: str, n: int) -> Lists:
    """A language's most frequent words, those with the same rounded frequency together."""
    known = get_frequency_dict(lang, wordlist="best")
    classes: dict[int, set[str]] = defaultdict(set)
    for word in sorted(known, key=lambda one: (-known[one], one))[:n]:
        if len(word) <= _MAX_LETTERS and _is_word(word):
            classes[min(15, round(2 * (math.log10(known[word]) + 9)))].add(spelt(word))
    if lang == "en":
        classes[round(2 * _TERM_ZIPF)] |= set(_TERMS.split()) - set().union(*classes.values())
    common, rest = (
        "\n\n".join("\n".join((str(zipf), *sorted(classes[zipf]))) for zipf in chosen)
        for chosen in (
            [zipf for zipf in sorted(classes, reverse=True) if zipf >= COMMON_ZIPF],
            [zipf for zipf in sorted(classes, reverse=True) if zipf < COMMON_ZIPF],
        )
    )
    return Lists(_compressed(common), _compressed(rest))


def _compressed(text: str) -> bytes:
    return lzma.compress(text.encode(), format=lzma.FORMAT_RAW, filters=FILTERS)


def _is_word(word: str) -> bool:
    inner = word.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    return bool(inner) and all(unicodedata.category(c)[0] in "LM" or c == "\u200c" for c in inner)


def lexicon(found: dict[str, float]) -> bytes:
    """The lexicon's file: see `lexicon.Lexicon` for the layout."""
    buckets: list[dict[int, int]] = [{} for _ in range(BUCKETS)]
    for word, zipf in found.items():
        hashed = zlib.crc32(key(word))
        held = buckets[hashed >> 16]
        held[hashed & 0xFFFF] = max(held.get(hashed & 0xFFFF, 0), min(15, max(1, round(2 * zipf))))
    counts = bytes(len(held) for held in buckets)
    rest = [entry for held in buckets for entry in sorted(held.items())]
    low = b"".join(half.to_bytes(2, "little") for half, _ in rest)
    return MAGIC + len(rest).to_bytes(4, "little") + counts + low + bytes(z for _, z in rest)


def lookalikes() -> Iterator[tuple[str, str]]:
    """Characters outside ASCII with the one to three ASCII letters that they look like."""
    for source, found in sorted(confusables.confusables_data.items()):
        if len(source) != 1 or source.isascii() or not _is_foldable(source):
            continue
        for one in found:
            target = _letters(one["c"])
            if target:
                yield source, "I" if target == "l" and source.isupper() else target
                break


def _is_foldable(source: str) -> bool:
    at = ord(source)
    if any(low <= at <= high for low, high in _LATIN_ORTHOGRAPHY):
        return False
    name = unicodedata.name(source, "")
    return source.isalpha() and name.split(" ")[0] in _FOLDED_SCRIPTS.split()


def _letters(target: str) -> str:
    """The ASCII letters of a prototype, overlays left out; empty if it has anything else."""
    found = ""
    for one in unicodedata.normalize("NFKD", target):
        name = unicodedata.name(one, "")
        if one.isascii() and one.isalpha():
            found += one
        elif name.startswith("LATIN LETTER SMALL CAPITAL ") and len(name.split(" ")[4]) == 1:
            found += name.split(" ")[4].lower()
        elif unicodedata.category(one) != "Mn":
            return ""
    return found if len(found) <= 3 else ""  # noqa: PLR2004


def main() -> None:
    """Writes the files beside this module."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    found = words()
    written = lexicon(found)
    (_FOLDER / "lexicon.bin").write_bytes(written)
    readable = vocabulary()
    (_FOLDER / "vocabulary.bin").write_bytes(readable)
    table = "".join(f"{ord(source):04X}\t{target}\n" for source, target in lookalikes())
    (_FOLDER / "confusables.tsv").write_text(table, encoding="ascii")
    _LOG.info("%d words, %d bytes; %d look-alikes", len(found), len(written), table.count("\n"))
    _LOG.info("vocabulary of %d languages, %d bytes", len(_READABLE), len(readable))


if __name__ == "__main__":
    main()
