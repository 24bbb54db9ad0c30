"""The authored frames of a language: pairs of texts with slots, and the fillers of the slots."""

import re
import zlib
from pathlib import Path

import msgspec

from detectors.training.text_risk.rows import TRAINED_LABELS

LABELS = tuple(dict.fromkeys((*TRAINED_LABELS, "unsafe_generation")))
"""What the corpus has frames for. child_safety is out of scope by design."""

LANGUAGES = ("en", "zh", "ru", "es", "pt", "tr", "ar", "hi", "vi", "id", "fr", "ko")

OTHER = "other"
"""The kind of a twin that violates something else, so that only its own label is known 0."""

KINDS = (
    "negation", "quote", "counter", "report", "question", "neutral", "positive", "self", "fiction",
    "news", "advice", "technical", "medical", "idiom", "education", "refusal", "ordinary", OTHER,
)  # fmt: skip
"""How a twin differs from its violator; the README of this folder says what each means."""

SLUR = "slur"
"""The slot that only a word list fills, at training time."""

SLOT = re.compile(r"\{(\w+?)(\d?)\}")
"""A slot's name, and a digit where a text wants two different fillers of one name."""

_FOLDER = Path(__file__).parent / "languages"
_FREE = Path(__file__).parent / "free"
_PLAIN = Path(__file__).parent / "plain"
_COMMON = "common.toml"


class Frame(msgspec.Struct, frozen=True):
    """One violating text and its twin, both with slots that take the same fillers.

    A free-written frame is used once, as it stands.
    """

    label: str
    lang: str
    violating: str
    kind: str
    twin: str
    is_free: bool = False

    @property
    def group(self) -> str:
        """The frame's id, from its text alone: adding a frame moves no other frame's split."""
        return f"contrast:{self.lang}:{self.label}:{zlib.crc32(self.violating.encode()):08x}"

    @property
    def needs_words(self) -> bool:
        """Whether a word list must fill a slot of it."""
        return any(slot == SLUR for slot, _ in SLOT.findall(self.violating + self.twin))


class Language(msgspec.Struct, frozen=True):
    """What one language file holds; slots include those of every language."""

    lang: str
    slots: dict[str, tuple[str, ...]]
    openers: tuple[str, ...]
    closers: tuple[str, ...]
    frames: tuple[Frame, ...]


class _Common(msgspec.Struct, forbid_unknown_fields=True):
    slots: dict[str, list[str]]


_Pairs = dict[str, list[tuple[str, str, str]]]
"""By label: violating text, kind of twin, twin."""


class _Free(msgspec.Struct, forbid_unknown_fields=True):
    pairs: _Pairs


class _File(msgspec.Struct, forbid_unknown_fields=True):
    openers: list[str]
    closers: list[str]
    slots: dict[str, list[str]]
    frames: _Pairs


def load(lang: str) -> Language:
    """The frames and slots of one language.

    Raises:
        ValueError: A label or kind nobody knows, or a slot without fillers.
    """
    common = msgspec.toml.decode((_FOLDER / _COMMON).read_bytes(), type=_Common)
    file = msgspec.toml.decode((_FOLDER / f"{lang}.toml").read_bytes(), type=_File)
    free, plain = (
        msgspec.toml.decode((folder / f"{lang}.toml").read_bytes(), type=_Free).pairs
        for folder in (_FREE, _PLAIN)
    )
    slots = {name: tuple(words) for name, words in (common.slots | file.slots).items()}
    frames = (
        *_frames(lang, file.frames),
        *_frames(lang, free, is_free=True),
        *_frames(lang, plain, is_free=True),
    )
    for frame in frames:
        _check(frame, slots)
    return Language(lang, slots, tuple(file.openers), tuple(file.closers), frames)


def _frames(lang: str, by_label: _Pairs, *, is_free: bool = False) -> list[Frame]:
    return [
        Frame(label, lang, violating, kind, twin, is_free)
        for label, pairs in by_label.items()
        for violating, kind, twin in pairs
    ]


def _check(frame: Frame, slots: dict[str, tuple[str, ...]]) -> None:
    unknown = {name for name, _ in SLOT.findall(frame.violating + frame.twin)} - {*slots, SLUR}
    if frame.label not in LABELS or frame.kind not in KINDS or unknown:
        message = f"bad frame ({frame.label}, {frame.kind}, slots {sorted(unknown)}): {frame}"
        raise ValueError(message)
