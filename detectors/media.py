"""What detectors of media take and give besides signals: files, transcripts, examinations.

A *reader* finds text in a medium (OCR, speech recognition). What it finds is a transcript, which
the detectors of text judge like any text; `located` ties their signals back to the place in the
picture or the recording. An *examiner* has everything said of one file that its lane can say.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from detectors.card import ModelCard
from detectors.detector import Undecodable
from schemas.labels import MediaModality
from schemas.signals import Signal, TimeRange
from schemas.verdicts import StageTime, Unanswered

P_contra = TypeVar("P_contra", contravariant=True)

MAX_QUOTE_CHARS: Final = 200
"""Longest quotation of a transcript in evidence."""


class File(Struct, frozen=True, kw_only=True):
    """A media part's bytes; `kind` is what fetching told by the first of them (`jpeg`, `mp4`)."""

    name: str
    modality: MediaModality
    content: bytes
    kind: str = ""


class Box(Struct, frozen=True):
    """An upright rectangle, in pixels of the picture it was found in."""

    left: int
    top: int
    width: int
    height: int

    def scaled(self, across: float, along: float) -> "Box":
        """Gives the box in a picture that is `across` times as wide and `along` as high."""
        left, top = round(self.left * across), round(self.top * along)
        right = round((self.left + self.width) * across)
        bottom = round((self.top + self.height) * along)
        return Box(left, top, right - left, bottom - top)

    def meets(self, other: "Box") -> bool:
        """Whether the two have a point in common."""
        return (
            self.left <= other.left + other.width
            and other.left <= self.left + self.width
            and self.top <= other.top + other.height
            and other.top <= self.top + self.height
        )

    def joined(self, other: "Box") -> "Box":
        """Gives the smallest box that holds both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        right = max(self.left + self.width, other.left + other.width)
        bottom = max(self.top + self.height, other.top + other.height)
        return Box(left, top, right - left, bottom - top)

    def written(self) -> str:
        """Gives the box as evidence has it: `left,top,width,height`."""
        return f"{self.left},{self.top},{self.width},{self.height}"


class Place(Struct, frozen=True, kw_only=True):
    """Where characters `start` to `end` of a transcript stand in the file.

    A box is in the file's pixels, upright; a time range in milliseconds from its beginning.
    """

    start: int
    end: int
    box: Box | None = None
    time_range: TimeRange | None = None


class Transcript(Struct, frozen=True, kw_only=True):
    """Text that a reader found in a file: all of a picture's, a frame's or a recording's.

    `places` are in order and do not overlap; lines of a picture stand on lines of the text.
    """

    reader: str
    """Id of the reader's card."""
    part: str
    """Name of the media part."""
    text: str
    lang: str | None = None
    """Primary subtag where the reader can tell it."""
    confidence: float = 1.0
    """The reader's own, 0 to 1, over the whole text."""
    places: tuple[Place, ...] = ()
    evidence: dict[str, str] = field(default_factory=dict)
    """What the reader knows of it besides; stands in the evidence of signals on it."""
    is_quotable: bool = True
    """False where the text may be private as a whole, like an address with its query."""


class Unread(Struct, frozen=True, kw_only=True):
    """Transcripts of as much of a file as could be read; `cause` says what was left out."""

    transcripts: tuple[Transcript, ...]
    cause: str


Read = tuple[Transcript, ...] | Unread | Undecodable
"""A reader's answer on one part; no transcripts where there is nothing to read."""


class Reader(Protocol[P_contra]):
    """Finds text in parts of one modality, under the terms of `detectors.detector.Detector`."""

    @property
    def card(self) -> ModelCard:
        """The reader's card; it has no labels."""

    def read(self, parts: Sequence[P_contra], /) -> Sequence[Read]:
        """Gives what there is to read in each part, in order."""


class Examination(Struct, frozen=True, kw_only=True):
    """All that a lane says of one file, but for what the detectors of text make of its text."""

    signals: tuple[Signal, ...] = ()
    transcripts: tuple[Transcript, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    stages: tuple[StageTime, ...] = ()
    pictures: tuple[str, ...] = ()
    """PDQ hashes in hexadecimal of what it shows, by which copies of it meet."""


Tell = Callable[[Examination], None]


class Examiner(Protocol):
    """Decodes files and asks everything that its lane runs. Blocks; used by one thread at a time.

    A file that is none gives an Examination in which all are unanswered. Anything raised is a
    defect, and counts as if the file had ended the process. `tell` hears what was found so far
    whenever that is more: it stands if what comes next takes too long, or ends the process.
    """

    @property
    def detectors(self) -> tuple[str, ...]:
        """The ids of what it asks, in order."""

    def examine(self, file: File, /, tell: Tell | None = None) -> Examination:
        """Gives what is said of a file."""


def located(signal: Signal, transcript: Transcript) -> Signal:
    """Gives a text detector's signal on a transcript as one on the medium.

    Its part is the medium's, its time range and the evidence's `box` those of the places that its
    span meets (all of them where it has none), and its evidence names the reader (`by`) and the
    language, if known. The span, which counts characters of no part, goes.
    """
    found = [place for place in transcript.places if _meets(place, signal)]
    boxes = [place.box for place in found if place.box is not None]
    times = [place.time_range for place in found if place.time_range is not None]
    evidence = {**transcript.evidence, **(signal.evidence or {}), "by": transcript.reader}
    if transcript.lang is not None:
        evidence["lang"] = transcript.lang
    if boxes:
        whole = boxes[0]
        for box in boxes[1:]:
            whole = whole.joined(box)
        evidence["box"] = whole.written()
    time_range = None
    if times:
        time_range = TimeRange(
            start_ms=min(one.start_ms for one in times), end_ms=max(one.end_ms for one in times)
        )
    return replace(
        signal, part=transcript.part, span=None, time_range=time_range, evidence=evidence
    )


def quoted(signal: Signal, transcript: Transcript) -> str:
    """Gives the words of a transcript that a signal is about, cut to `MAX_QUOTE_CHARS`.

    Empty where they may not be quoted.
    """
    if not transcript.is_quotable:
        return ""
    span = signal.span
    text = transcript.text if span is None else transcript.text[span.start : span.end]
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTE_CHARS else f"{line[: MAX_QUOTE_CHARS - 1]}…"


def _meets(place: Place, signal: Signal) -> bool:
    span = signal.span
    return span is None or (place.start < span.end and span.start < place.end)
