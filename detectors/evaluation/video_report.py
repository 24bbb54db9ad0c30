"""What is measured of clips, as `video_1.json` holds it."""

from msgspec import Struct


class Interval(Struct, frozen=True):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


class Split(Struct, frozen=True, kw_only=True):
    """Figures of models that saw nothing of a group's clips."""

    name: str
    n_groups: int
    accuracy: Interval
    average_precision: Interval
    area: Interval
    repeats: tuple[float, ...]
    """Accuracy of each repeat."""


class At(Struct, frozen=True, kw_only=True):
    """What flagging from a score on means, for clips of unseen sources."""

    cut: float
    recall: float
    false_alarms: float
    precision: float | None
    """Where every second clip is a fight."""


class Alarms(Struct, frozen=True, kw_only=True):
    """Drawn clips of one kind that the weights that ship take for a fight."""

    kind: str
    is_known: bool
    """Whether training saw clips of the kind, others than these."""
    n: int
    n_half: int
    n_threshold: int
    highest: float


class Speed(Struct, frozen=True, kw_only=True):
    """Time for clips of 720p and more."""

    threads: int
    n_clips: int
    n_frames: int
    shown_s: float
    decode_cpu_s: float
    judge_cpu_s: float
    wall_s: float


class Long(Struct, frozen=True, kw_only=True):
    """What is looked at of an hour."""

    shown_s: float
    n_bytes: int
    n_decoded: int
    n_frames: int
    n_bursts: int
    widest_gap_s: float
    decode_cpu_s: float
    judge_cpu_s: float


class Report(Struct, frozen=True, kw_only=True):
    """All figures."""

    n_clips: int
    n_fights: int
    n_origins: int
    splits: tuple[Split, ...]
    at: tuple[At, ...]
    threshold: float
    alarms: tuple[Alarms, ...]
    speeds: tuple[Speed, ...]
    long: Long
    load_s: float
    memory_mb: int
    size_bytes: int
    load_average: float
