"""Asking detectors and readers about one part of a medium; whatever they do, there is an answer."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from msgspec import Struct, field

from detectors.card import ModelCard
from detectors.detector import Answer, Detector, Partial, Undecodable, signals_of
from detectors.media import Examination, Read, Reader, Tell, Transcript, Unread
from schemas.signals import Signal
from schemas.verdicts import StageTime, Unanswered

logger = logging.getLogger(__name__)

P = TypeVar("P")
AnswerT = TypeVar("AnswerT", bound=Answer)

UNJUDGED: Final = "nothing that judges it is loaded"
"""Cause where an examiner has nothing to ask of a file's modality."""
DECIMALS: Final = 3
MAX_CAUSE_CHARS: Final = 200


class Findings(Struct, kw_only=True):
    """What is said of a file, gathered while it is examined."""

    signals: list[Signal] = field(default_factory=list)
    transcripts: list[Transcript] = field(default_factory=list)
    unanswered: list[Unanswered] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    """Milliseconds, by stage."""
    pictures: tuple[str, ...] = ()
    """What copies of it meet by, as in `Examination`."""
    tell: Tell | None = None
    """Told of all that was found so far, whenever a stage has found more."""
    n_told: int = 0

    def answers(self, detector: Detector[P], parts: Sequence[P], *, name: str) -> Sequence[Answer]:
        """Gives a detector's answers on parts of a file; none where it failed, which is noted."""
        try:
            return [_checked(answer) for answer in detector.predict(parts)]
        except Exception as error:  # noqa: BLE001 - logged, and recorded as unanswered
            self._failed(detector.card, name, error)
            return ()

    def readings(self, reader: Reader[P], parts: Sequence[P], *, name: str) -> Sequence[Read]:
        """Gives a reader's answers on parts of a file; none where it failed, which is noted."""
        try:
            return reader.read(parts)
        except Exception as error:  # noqa: BLE001 - logged, and recorded as unanswered
            self._failed(reader.card, name, error)
            return ()

    def ask(self, detector: Detector[P], part: P, *, name: str) -> tuple[Signal, ...]:
        """Has a detector judge a part and notes its signals, which are given too."""
        started_s = time.perf_counter()
        signals: tuple[Signal, ...] = ()
        for answer in self.answers(detector, [part], name=name):
            if isinstance(answer, Partial | Undecodable):
                self.miss(detector.card.id, name, answer.cause)
            signals = signals_of(answer)
        self.signals.extend(signals)
        self.spend(detector.card.id, time.perf_counter() - started_s)
        return signals

    def read(self, reader: Reader[P], part: P, *, name: str) -> tuple[Transcript, ...]:
        """Has a reader read a part and notes its transcripts, which are given too."""
        started_s = time.perf_counter()
        transcripts: tuple[Transcript, ...] = ()
        for answer in self.readings(reader, [part], name=name):
            if isinstance(answer, Unread | Undecodable):
                self.miss(reader.card.id, name, answer.cause)
            if not isinstance(answer, Undecodable):
                transcripts = answer.transcripts if isinstance(answer, Unread) else answer
        self.transcripts.extend(transcripts)
        self.spend(reader.card.id, time.perf_counter() - started_s)
        return transcripts

    def compose(self, name: str, card: ModelCard, judge: Callable[[], Sequence[Signal]]) -> None:
        """Notes what a composer says; where it fails, that."""
        started_s = time.perf_counter()
        try:
            self.signals.extend(_checked(tuple(judge())))
        except Exception as error:  # noqa: BLE001 - logged, and recorded as unanswered
            self._failed(card, name, error)
        self.spend(card.id, time.perf_counter() - started_s)

    def spend(self, stage: str, elapsed_s: float) -> None:
        """Adds to the time of a stage, which is over for now."""
        self.stages[stage] = self.stages.get(stage, 0.0) + elapsed_s * 1000
        n_found = len(self.signals) + len(self.transcripts)
        if self.tell is not None and n_found > self.n_told:
            self.n_told = n_found
            self.tell(self.examination())

    def miss(self, detector: str, name: str, cause: str) -> None:
        """Notes that something gave no answer on a part, or not a whole one; once each."""
        one = Unanswered(detector=detector, part=name, cause=cause[:MAX_CAUSE_CHARS])
        if one not in self.unanswered:
            self.unanswered.append(one)

    def examination(self) -> Examination:
        """Gives all that was noted."""
        return Examination(
            signals=tuple(self.signals),
            transcripts=tuple(self.transcripts),
            unanswered=tuple(self.unanswered),
            stages=tuple(
                StageTime(name=name, ms=round(ms, DECIMALS)) for name, ms in self.stages.items()
            ),
            pictures=self.pictures,
        )

    def _failed(self, card: ModelCard, name: str, error: Exception) -> None:
        logger.exception("a detector failed on a file", extra={"detector": card.id})
        self.miss(card.id, name, f"failed: {type(error).__name__}")


def any_judges(cards: Sequence[ModelCard]) -> bool:
    """Whether any of what is asked can tell harm: all but what tells only how a file was made."""
    return any(set(card.labels) != {"ai_generated"} for card in cards)


def _checked(answer: AnswerT) -> AnswerT:
    """Holds a detector to its contract: a score of NaN would otherwise pass for innocence."""
    if not all(0.0 <= one.score <= 1.0 for one in signals_of(answer)):
        message = "a score outside 0 to 1"
        raise ValueError(message)
    return answer
