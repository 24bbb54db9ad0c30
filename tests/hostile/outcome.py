"""What became of a file, in a word."""

from detectors.media import Examination
from schemas.labels import MediaModality
from streams.fetching.fetched import Fetched
from streams.fetching.refusals import Refusal
from streams.media.pool import Ended
from tests.hostile.file import ANSWERED, IN_PART, HostileFile


def fetched(answer: Fetched | Refusal) -> str:
    """Gives a file's kind, or why it is not fetched."""
    return answer.code if isinstance(answer, Refusal) else answer.kind


def examined(found: Examination | Ended, modality: MediaModality) -> str:
    """Gives whether everything has answered, or why nothing has."""
    if isinstance(found, Ended):
        return found.cause
    for one in found.unanswered:
        if one.detector == f"{modality}.*":
            return one.cause.partition(":")[0]
    return IN_PART if found.unanswered else ANSWERED


def cause(found: Examination | Ended) -> str:
    """Gives in words what is missing."""
    if isinstance(found, Ended):
        return found.detail
    causes = (
        one.cause.partition(": ")[2] or one.cause if one.detector.endswith(".*") else one.cause
        for one in found.unanswered
    )
    return "; ".join(dict.fromkeys(causes))


def is_as(file: HostileFile, answer: Fetched | Refusal, found: Examination | Ended) -> bool:
    """Whether a file became what it must.

    What answers on the whole file with some detectors may answer in part with others.
    """
    wanted = set(file.examined.split("|"))
    if ANSWERED in wanted:
        wanted.add(IN_PART)
    return fetched(answer) == file.fetched and examined(found, file.modality) in wanted
