"""Measures the text normaliser: what it leaves alone, what it recovers, and what it costs.

`python -m detectors.evaluation.normaliser --data DIR` reads harmless rows of the shared data folder
(none is copied), and takes about five minutes. It logs, in Markdown: the share of harmless texts
with any variant, per data set and language; microseconds a text; and, per obfuscation of
`detectors.evaluation.redteam.obfuscations` and damage to words of its `wording`, how much of the
hidden texts comes back; and how often one damaged word of a sentence does.
"""

import argparse
import logging
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

import msgspec

from detectors.arguments import existing_folder
from detectors.evaluation.redteam import wording
from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS, Obfuscation, split_messages
from detectors.text.normaliser.messages import Message, joined
from detectors.text.normaliser.normaliser import afresh, variants

_LOG = logging.getLogger(__name__)
HARMLESS: Final = (
    "tatoeba", "ntrex_news", "goemotions_benign", "xsid", "banking77", "surge_stocks",
    "bitcoin_org",
)  # fmt: skip
HIDDEN_LANGUAGES: Final = "en es fr de pt it tr id vi pl ru uk ar hi zh ko"
REPAIRED_LANGUAGES: Final = "en es fr de pt it tr id vi pl ru uk"
_N_REPAIRED: Final = 100
_MIN_CHARACTERS: Final = 30
_WORD: Final = re.compile(r"[^\W_]+")
_LOWER: Final = re.compile(r"(?<![\w'’-])[^\W\d_]+(?![\w'’-])")
_MIN_ROWS: Final = 100
_N_HIDDEN: Final = 25
_HIDDEN_CHARACTERS: Final = range(20, 80)

_TIMED: Final = {"en": 60, "ru": 60, "zh": 30, "ar": 60, "es": 60, "tr": 60, "hi": 60}
"""Languages timed, with the length of a chat message in each, in characters."""
_LATE: Final = 0.95
_N_TIMED: Final = 400
_REPEATS: Final = 5
_TOUCHED_LIMIT: Final = 0.01
_SEED: Final = 20


def _damaging(change: Callable[[str, str, Random], str]) -> Obfuscation:
    """A change of words that asks for no language."""
    return lambda text, rng: change(text, "", rng)


HIDDEN: Final[dict[str, Obfuscation]] = OBFUSCATIONS | {
    "letters_swapped": _damaging(wording.swapped),
    "letters_dropped": _damaging(wording.misspelt),
    "vowels_dropped": _damaging(wording.devowelled),
    "words_glued": _damaging(wording.glued),
    "words_broken": _damaging(wording.broken),
    "other_script": _damaging(wording.other_script),
}
"""Every way to hide a text that is measured, by name."""


_SIGNS: Final = ".*_-"
_ACCENTS: Final = "\u0300\u0301\u0302\u0303\u0308\u030c\u0323"
_MIN_DAMAGED: Final = 5


def _cut(word: str, rng: Random, between: str) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + between + word[at:]


def _masked(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return f"{word[:at]}*{word[at + 1 :]}"


def _accented(word: str, rng: Random) -> str:
    at = rng.randrange(len(word))
    shown = unicodedata.normalize("NFC", word[at] + rng.choice(_ACCENTS))
    return word[:at] + shown + word[at + 1 :]


def _stretched(word: str, rng: Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at] * rng.randint(4, 6) + word[at + 1 :]


def _repeated(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + word[at] + word[at:]


DAMAGES: Final[dict[str, Obfuscation]] = {
    "first letter apart": lambda word, _rng: f"{word[0]} {word[1:]}",
    "a space inside": lambda word, rng: _cut(word, rng, " "),
    "a sign inside": lambda word, rng: _cut(word, rng, rng.choice(_SIGNS)),
    "* for a letter": _masked,
    "two letters swapped": HIDDEN["letters_swapped"],
    "a letter left out": HIDDEN["letters_dropped"],
    "a letter doubled": _repeated,
    "vowels left out": HIDDEN["vowels_dropped"],
    "a false accent": _accented,
    "a letter stretched": _stretched,
    "digits for letters": OBFUSCATIONS["leetspeak"],
}
"""Ways to damage the one word of a sentence, by name."""


class Row(msgspec.Struct, frozen=True):
    """A harmless text of the shared data."""

    text: str
    lang: str = "en"


class Recovery(msgspec.Struct, frozen=True):
    """How much of the texts hidden by one obfuscation comes back.

    `seen` and `found` are mean shares of the original's words that stand in the obfuscated
    text and in its variants; `whole` the share of texts with every word back.
    """

    name: str
    n: int
    seen: float
    found: float
    whole: float
    micros: float


def rows(data: Path, name: str) -> list[Row]:
    """The rows of one data set."""
    lines = (data / name / "data.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Row) for line in lines]


def touched(given: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """Texts with any variant, and texts, by language."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in given:
        counts[row.lang][0] += bool(variants(row.text))
        counts[row.lang][1] += 1
    return {lang: (hit, n) for lang, (hit, n) in counts.items()}


def micros(texts: Sequence[str]) -> list[float]:
    """Microseconds each text takes: the shortest of several rounds over all of them."""
    best = [float("inf")] * len(texts)
    for _ in range(_REPEATS):
        for at, text in enumerate(texts):
            begun = time.perf_counter()
            afresh(text)
            best[at] = min(best[at], 1e6 * (time.perf_counter() - begun))
    return best


def words(text: str) -> set[str]:
    """The words of a text, or its characters where words have no spaces between them."""
    found: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        found.update(word if any(c >= "\u2e80" for c in word) else (word,))
    return found


def _share(original: str, shown: Iterable[str]) -> float:
    wanted = words(original)
    found = set[str]().union(*map(words, shown))
    return len(wanted & found) / len(wanted) if wanted else 1.0


def recovery(name: str, texts: Sequence[str]) -> Recovery:
    """Hides texts and looks for them. Texts that an obfuscation leaves as they are do not count."""
    rng = Random(_SEED)  # noqa: S311
    hide = HIDDEN[name]
    pairs = [(text, hide(text, rng)) for text in texts]
    changed = [(text, hidden) for text, hidden in pairs if text != hidden]
    seen = [_share(text, [hidden]) for text, hidden in changed]
    found = [
        max(seen[at], _share(text, (one.text for one in variants(hidden))))
        for at, (text, hidden) in enumerate(changed)
    ]
    spent = micros([hidden for _, hidden in changed])
    return _recovery(name, seen, found, median(spent))


def one_damaged(text: str, change: Obfuscation, rng: Random) -> str:
    """The text with one of its longer words damaged."""
    longer = [one for one in _LOWER.finditer(text) if len(one[0]) >= _MIN_DAMAGED]
    if not longer:
        return text
    word = rng.choice(longer)
    return text[: word.start()] + change(word[0], rng) + text[word.end() :]


def repaired(texts: Sequence[str], change: Obfuscation) -> tuple[int, int, int]:
    """Of texts with one damaged word: how many there are, have any variant, and come back."""
    rng = Random(_SEED)  # noqa: S311
    pairs = [(text, one_damaged(text, change, rng)) for text in texts]
    found = [(text, variants(hidden)) for text, hidden in pairs if hidden != text]
    n_whole = sum(any(one.text == text for one in shown) for text, shown in found)
    return len(found), sum(map(bool, (shown for _, shown in found))), n_whole


def split_recovery(texts: Sequence[str]) -> Recovery:
    """The same for texts split over consecutive messages."""
    rng = Random(_SEED)  # noqa: S311
    seen, found, spent = [], [], []
    for text in texts:
        pieces = [Message(one, float(at)) for at, one in enumerate(split_messages(text, rng))]
        begun = time.perf_counter()
        readings = joined(pieces)
        spent.append(1e6 * (time.perf_counter() - begun))
        shown = [one.text for one in readings]
        seen.append(_share(text, (piece.text for piece in pieces)))
        found.append(_share(text, shown + [v.text for one in shown for v in variants(one)]))
    return _recovery("split_messages", seen, found, median(spent))


def _recovery(name: str, seen: Sequence[float], found: Sequence[float], spent: float) -> Recovery:
    n = len(seen)
    whole = sum(share == 1.0 for share in found) / n
    return Recovery(name, n, sum(seen) / n, sum(found) / n, whole, spent)


def _hidden_texts(given: Sequence[Row]) -> list[str]:
    """Short harmless texts in several languages, the same ones in every run."""
    rng = Random(_SEED)  # noqa: S311
    found: list[str] = []
    for lang in HIDDEN_LANGUAGES.split():
        own = [row.text for row in given if row.lang == lang]
        fitting = [text for text in own if len(text) in _HIDDEN_CHARACTERS]
        short = [text for text in own if len(text) < _HIDDEN_CHARACTERS[0]]
        found += rng.sample(fitting, min(_N_HIDDEN, len(fitting))) or short[:_N_HIDDEN]
    return found


def _touched_table(name: str, counts: dict[str, tuple[int, int]]) -> Iterator[str]:
    hits, n = (sum(column) for column in zip(*counts.values(), strict=True))
    large = {lang: (hit, of) for lang, (hit, of) in counts.items() if of >= _MIN_ROWS}
    worst = sorted(large, key=lambda lang: -large[lang][0] / large[lang][1])
    shown = [f"{lang} {100 * large[lang][0] / large[lang][1]:.2f} %" for lang in worst[:8]]
    n_low = sum(hit < _TOUCHED_LIMIT * of for hit, of in large.values())
    share = f"{100 * hits / n:.2f} % | {n_low} of {len(large)}"
    yield f"| {name} | {n} | {share} | {', '.join(shown)} |"


def _timed_table(given: Sequence[Row]) -> Iterator[str]:
    yield "\n| language | n | characters | median us | 95th percentile us |\n|---|---|---|---|---|"
    for lang, length in _TIMED.items():
        own = [row.text for row in given if row.lang == lang]
        near = sorted(own, key=lambda text: (abs(len(text) - length), text))[:_N_TIMED]
        spent = sorted(micros(near))
        late = spent[int(_LATE * len(spent))]
        characters = median(map(len, near))
        yield f"| {lang} | {len(near)} | {characters:.0f} | {median(spent):.1f} | {late:.1f} |"


def _recovery_table(texts: Sequence[str]) -> Iterator[str]:
    yield "\n| obfuscation | n | words seen | words back | whole texts | median us |"
    yield "|---|---|---|---|---|---|"
    for one in [*(recovery(name, texts) for name in HIDDEN), split_recovery(texts)]:
        yield (
            f"| {one.name} | {one.n} | {100 * one.seen:.1f} % | {100 * one.found:.1f} % "
            f"| {100 * one.whole:.1f} % | {one.micros:.0f} |"
        )


def _repaired_table(given: Sequence[Row]) -> Iterator[str]:
    texts = {
        lang: [row.text for row in given if row.lang == lang and len(row.text) > _MIN_CHARACTERS]
        for lang in REPAIRED_LANGUAGES.split()
    }
    yield f"\n| one damaged word | n | any variant | sentences back | {' | '.join(texts)} |"
    yield "|---" * (4 + len(texts)) + "|"
    for name, change in DAMAGES.items():
        counts = {lang: repaired(own[:_N_REPAIRED], change) for lang, own in texts.items()}
        n, n_any, n_whole = (sum(column) for column in zip(*counts.values(), strict=True))
        each = " | ".join(
            f"{100 * whole / of:.0f} %" if of else "" for of, _, whole in counts.values()
        )
        yield f"| {name} | {n} | {100 * n_any / n:.1f} % | {100 * n_whole / n:.1f} % | {each} |"
    every = [text for own in texts.values() for text in own[:_N_REPAIRED]]
    n_any = sum(bool(variants(text)) for text in every)
    yield f"| none | {len(every)} | {100 * n_any / len(every):.1f} % | |" + " |" * len(texts)


def report(data: Path) -> Iterator[str]:
    """The measured figures, line by line, as Markdown."""
    yield "| data set | n | any variant | languages under 1 % | highest |"
    yield "|---|---|---|---|---|"
    for name in HARMLESS:
        yield from _touched_table(name, touched(rows(data, name)))
    everyday = [row for name in HARMLESS for row in rows(data, name)]
    yield from _timed_table(everyday)
    sentences = rows(data, "tatoeba")
    yield from _recovery_table(_hidden_texts(sentences))
    yield from _repaired_table(sentences)


def main() -> None:
    """Measures and logs the figures."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.normaliser")
    parser.add_argument(
        "--data", type=existing_folder, required=True, help="the shared data folder"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for line in report(arguments.data):
        _LOG.info("%s", line)


if __name__ == "__main__":
    main()
