"""What networks said of harmless pictures, counted."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.card import ModelCard
from detectors.evaluation.nsfw_report import Choice, Denial, First, Source
from detectors.image.nsfw.networks import ROLES
from detectors.image.nsfw.opinion import HENTAI, NSFW, PORN, SEXY, SHIFT, Opinion, log_odds

ALONE: Final = 0.5
"""Probability at which a network by itself would flag."""
CUTS: Final = (0.05, 0.1, 0.2, 0.3, 1.01)
"""Under the first of them the slow network is not asked here either."""


class Seen(Struct, frozen=True):
    """What the networks say of one frame."""

    source: str
    name: str
    frame: int
    mobilenet: tuple[float, ...]
    yahoo: tuple[float, ...]
    inception: tuple[float, ...] | None
    """None: not asked, since there is hardly a doubt."""

    def opinion(self, *, has_inception: bool = True) -> Opinion:
        """Gives it as the detector forms it."""
        third = self.inception if has_inception else None
        return Opinion(
            np.array(self.mobilenet),
            np.array(self.yahoo),
            None if third is None else np.array(third),
        )


def _alone(role: str) -> Callable[[Seen], float]:
    """One network's own probability; that of a slow one that was not asked is 0."""

    def score(seen: Seen) -> float:
        if role == "yahoo":
            return seen.yahoo[NSFW]
        classes = seen.mobilenet if role == "mobilenet" else seen.inception
        return 0.0 if classes is None else classes[PORN] + classes[HENTAI]

    return score


def cascade(cut: float) -> Callable[[Seen], float]:
    """Gives the score of what the detector would have asked with a cut."""

    def score(seen: Seen) -> float:
        first = seen.opinion(has_inception=False)
        return first.score if first.doubt < cut else seen.opinion().score

    return score


def sources(answers: Sequence[Seen], card: ModelCard) -> list[Source]:
    """Counts false alarms, by source and of all."""
    by_source: dict[str, list[Seen]] = {}
    for one in answers:
        by_source.setdefault(one.source, []).append(one)
    score = cascade(card.early_exit)
    limit = card.thresholds["sexual"]
    rows = []
    for name, own in (*sorted(by_source.items()), ("all", list(answers))):
        scores = [score(one) for one in own]
        rows.append(
            Source(
                name=name,
                n=len(own),
                n_false=sum(one >= limit for one in scores),
                highest=round(max(scores), 3),
                alone={role: sum(_alone(role)(one) >= ALONE for one in own) for role in ROLES},
            )
        )
    return rows


def cuts(answers: Sequence[Seen], card: ModelCard) -> list[Choice]:
    """Compares cuts from which on the slow network is asked."""
    doubts = np.array([one.opinion(has_inception=False).doubt for one in answers])
    return [
        _choice(str(cut), [cascade(cut)(one) for one in answers], card, (doubts < cut).mean())
        for cut in CUTS
    ]


def pools(answers: Sequence[Seen], card: ModelCard) -> list[Choice]:
    """Compares ways to make one score of three opinions."""
    odds = np.array(
        [[log_odds(_alone(role)(one)) for role in ROLES] for one in answers], np.float64
    )
    mobilenet, yahoo, inception = odds.T
    ways = {
        "as the detector does": np.array([_odds(one.opinion().score) + SHIFT for one in answers]),
        "mean of log odds, drawings or not": odds.mean(axis=1),
        "the middle one of three": np.median(odds, axis=1),
        "the highest of three": odds.max(axis=1),
        "mean without MobileNetV2": (yahoo + inception) / 2,
        "mean without Yahoo's": (mobilenet + inception) / 2,
        "mean without InceptionV3": (mobilenet + yahoo) / 2,
    }
    return [
        _choice(name, (1 / (1 + np.exp(SHIFT - found))).tolist(), card, 0.0)
        for name, found in ways.items()
    ]


def _odds(score: float) -> float:
    return float(np.log(score / (1 - score)))


def _choice(name: str, scores: Sequence[float], card: ModelCard, early: float) -> Choice:
    limit = card.thresholds["sexual"]
    return Choice(
        name=name,
        early=round(float(early), 4),
        n_false=sum(one >= limit for one in scores),
        highest=round(max(scores), 3),
    )


def denials(answers: Sequence[Seen]) -> list[Denial]:
    """Counts how often each network contradicts the quicker one that would flag by itself."""
    rows = []
    for role in ROLES[:2]:
        flagged = [one for one in answers if _alone(role)(one) >= ALONE]
        against: dict[str, int] = {
            other: sum(_alone(other)(one) < ALONE for one in flagged)
            for other in ROLES
            if other != role
        }
        rows.append(Denial(role, len(flagged), against))
    return rows


def left_out(answers: Sequence[Seen], card: ModelCard) -> int:
    """Counts what would be flagged if each source's threshold were the highest score of others."""
    scores = [(one.source, cascade(card.early_exit)(one)) for one in answers]
    highest = {
        source: max(score for other, score in scores if other != source)
        for source in {one.source for one in answers}
    }
    return sum(score > highest[source] for source, score in scores)


def first_alone(answers: Sequence[Seen]) -> First:
    """Says what would leave if MobileNetV2 by itself decided who is asked further."""
    out = [
        one for one in answers if sum(one.mobilenet[at] for at in (HENTAI, PORN, SEXY)) < CUTS[0]
    ]
    return First(
        share=round(len(out) / len(answers), 4),
        n_doubted=sum(one.yahoo[NSFW] >= CUTS[1] for one in out),
    )
