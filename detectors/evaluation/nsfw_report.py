"""What `detectors.evaluation.nsfw` found."""

from msgspec import Struct


class Source(Struct, frozen=True, kw_only=True):
    """Harmless pictures of one source, and how many are flagged."""

    name: str
    n: int
    """Frames of clips count one by one."""
    n_false: int
    highest: float
    alone: dict[str, int]
    """False alarms of one network by itself, at the same threshold."""


class Choice(Struct, frozen=True, kw_only=True):
    """A way to ask and to pool, and what it comes to."""

    name: str
    early: float
    """Share of the pictures that the slow network is not asked of."""
    n_false: int
    highest: float


class Denial(Struct, frozen=True):
    """Of `n` pictures that a network by itself would flag, those that another would not."""

    role: str
    n: int
    against: dict[str, int]


class First(Struct, frozen=True):
    """Were MobileNetV2 asked first and alone: who leaves, how many of these Yahoo's doubts."""

    share: float
    n_doubted: int


class Agreement(Struct, frozen=True):
    """The largest difference from a source's own answer."""

    role: str
    source: str
    n: int
    apart: float


class Speed(Struct, frozen=True):
    """CPU seconds for a picture on one thread."""

    name: str
    seconds: float


class Report(Struct, frozen=True, kw_only=True):
    """All of it."""

    files: dict[str, str]
    early_exit: float
    threshold: float
    sources: list[Source]
    cuts: list[Choice]
    pools: list[Choice]
    quantiles: dict[str, float]
    flagged: dict[str, int]
    """By threshold."""
    n_left_out: int
    """Flagged if the threshold were chosen on all other sources."""
    denials: list[Denial]
    first: First
    agreement: list[Agreement]
    speeds: list[Speed]
    load: float
