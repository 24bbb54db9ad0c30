"""What measuring speech recognition finds."""

from msgspec import Struct


class Hearing(Struct, frozen=True, kw_only=True):
    """One clip as it was heard."""

    clip: str
    lang: str
    kind: str
    text: str
    lang_heard: str | None
    n_words: int
    """In the text that was spoken; characters in Chinese."""
    n_errors: int
    seconds: float
    cpu_s: float


class Count(Struct, frozen=True, kw_only=True):
    """Of `n` texts, how many are flagged as written, as heard, and both."""

    lang: str
    kind: str
    n: int
    written: int
    heard: int
    both: int


class Cost(Struct, frozen=True, kw_only=True):
    """Of a process with one engine: CPU seconds to load, memory when loaded and at its most."""

    load_s: float
    loaded_mb: float
    peak_mb: float


class Report(Struct, frozen=True, kw_only=True):
    """All of it, by engine, condition and sound."""

    compared: dict[str, list[Hearing]]
    variants: dict[str, list[Hearing]]
    conditions: dict[str, list[Hearing]]
    made_up: dict[str, str]
    counts: list[Count]
    degraded_counts: dict[str, list[Count]]
    costs: dict[str, Cost]
