"""Measures `image.brand`: `python -m detectors.evaluation.brand --data DIR --packages DIR`.

Ten minutes. The folders are those of `detectors/training/image_brand/logos.py`. Logos that the
model has not learnt from are protected, as an operator's own would be; sought are disguised copies
of them, other coins' logos and pictures of anything else. Writes `brand_1.md` and `brand_1.json`.
"""

import argparse
import logging
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from detectors.arguments import existing_folder
from detectors.detector import signals_of
from detectors.evaluation import brand_looks as looks
from detectors.evaluation.brand_figures import Part, Report, Seen, part
from detectors.evaluation.brand_looks import Looked
from detectors.evaluation.brand_page import markdown
from detectors.image.brand import index
from detectors.image.brand.crops import SIDE_PX
from detectors.image.brand.detector import ImageBrand
from detectors.image.brand.embedder import Embedder
from detectors.image.brand.index import Logos
from detectors.image.brand.match import match
from detectors.image.picture import Frame, Header, Picture
from detectors.training.image_brand import trials
from detectors.training.image_brand.disguises import flat
from detectors.training.image_brand.drawn import Bytes
from detectors.training.image_brand.logos import Logo, Split
from detectors.training.image_brand.trials import Pictures

_LOG = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
_WHITE: Final = np.array([255, 255, 255])
_N_TIMED: Final = 60


def seen(trial: Looked, logos: Logos) -> Seen:
    """Gives what a trial's picture is likest to."""
    found = match(trial.look, logos)
    if found is None:
        message = "no logo is protected"
        raise ValueError(message)
    return Seen(
        trial.kind,
        trial.name,
        trial.brand,
        found.brand,
        found.cosine,
        found.hash_brand,
        found.bits,
    )


def protected(coins: Iterable[Logo], embedder: Embedder) -> Logos:
    """Gives an index of coins, by their symbols."""
    return index.made([(one.name, flat(one.image, _WHITE)) for one in coins], embedder)


def all_seen(
    pictures: Pictures,
    split: Split,
    embedder: Embedder,
    others: Sequence[Looked],
    work: Path | None,
) -> list[Seen]:
    """Gives what every trial of a split is likest to, where the split's own coins are protected."""
    own = pictures.of(split)
    logos = protected(own, embedder)
    drawn = looks.copies(pictures, own, split, f"{split}-copies", work)
    names = {one.name for one in own}
    all_of = [
        *looks.looked(drawn, embedder),
        *(one for one in others if one.kind != "coin" or one.name not in names),
    ]
    return [seen(one, logos) for one in all_of]


def no_copies(
    pictures: Pictures, split: Split, embedder: Embedder, work: Path | None
) -> list[Looked]:
    """Gives the unrelated pictures of a split, and all coins."""
    unrelated, coins = looks.unrelated(pictures, split, work), looks.coins(pictures, work)
    return [*looks.looked(unrelated, embedder), *looks.looked(coins, embedder)]


def measure(data: Path, packages: Path, work: Path | None) -> Report:
    """Measures everything."""
    start_s = time.process_time()
    detector = ImageBrand()
    load_ms = 1e3 * (time.process_time() - start_s)
    scale, threshold = detector.scale, detector.card.thresholds["impersonation"]
    at = scale.cosine(threshold)
    pictures = trials.read(data, packages)
    _LOG.info("read %d pictures", len(pictures.coins) + len(pictures.others))
    others = no_copies(pictures, "test", detector.embedder, work)
    own = all_seen(pictures, "test", detector.embedder, others, work)
    parts = [part("held-out", len(pictures.of("test")), own, scale, at)]
    _LOG.info("held-out logos measured")
    parts.append(_shipped(pictures, detector, others, at, work))
    picture_ms, model_ms = _times(detector, pictures)
    return Report(
        cosine=at,
        threshold=threshold,
        max_bits=scale.max_bits,
        parts=tuple(parts),
        picture_ms=picture_ms,
        model_ms=model_ms,
        load_ms=load_ms,
        n_shipped=len(detector.logos.brands),
        load_average=os.getloadavg()[0],
    )


def _shipped(
    pictures: Pictures,
    detector: ImageBrand,
    others: Sequence[Looked],
    at: float,
    work: Path | None,
) -> Part:
    """The list that ships; copies of those of its logos that the model has not learnt from."""
    names = {_symbol(brand) for brand in detector.logos.brands}
    coins = [one for one in pictures.coins if one.name in names and one.split != "train"]
    drawn = looks.copies(pictures, coins, "test", "shipped-copies", work)
    all_of = [
        *looks.looked(drawn, detector.embedder),
        *(one for one in others if one.kind != "coin" or one.name not in names),
    ]
    found = [
        msgspec.structs.replace(
            one,
            found=_symbol(one.found),
            hash_found=_symbol(one.hash_found),
        )
        for one in (seen(trial, detector.logos) for trial in all_of)
    ]
    return part("shipped", len(names), found, detector.scale, at)


def _symbol(brand: str) -> str:
    """`Bitcoin (BTC)` -> `btc`."""
    return brand.rpartition("(")[2].rstrip(")").lower()


def _times(detector: ImageBrand, pictures: Pictures) -> tuple[float, float]:
    """Milliseconds of processor time of one picture of 512 pixels, and of one run of the model."""
    parts = [picture(_large(one)) for one in pictures.coins[:_N_TIMED]]
    signals_of(detector.predict(parts[:1])[0])
    start_s = time.process_time()
    for one in parts:
        detector.predict([one])
    picture_ms = 1e3 * (time.process_time() - start_s) / len(parts)
    view = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    start_s = time.process_time()
    for _ in range(_N_TIMED):
        detector.embedder.directions([view])
    return picture_ms, 1e3 * (time.process_time() - start_s) / _N_TIMED


def _large(coin: Logo) -> Bytes:
    return np.ascontiguousarray(flat(coin.image, _WHITE).repeat(4, 0).repeat(4, 1))


def picture(pixels: Bytes, name: str = "logo") -> Picture:
    """Gives pixels as if they came from a file."""
    height_px, width_px = pixels.shape[:2]
    header = Header(format="png", width_px=width_px, height_px=height_px, mode="RGB", n_frames=1)
    return Picture(
        name=name,
        header=header,
        width_px=width_px,
        height_px=height_px,
        frames=(Frame(0, pixels),),
    )


def main() -> None:
    """Measures, logs and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.brand")
    parser.add_argument("--data", type=existing_folder, required=True)
    parser.add_argument("--packages", type=existing_folder, required=True)
    parser.add_argument("--work", type=Path, help="keeps what is drawn, for another run")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder of the page")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    report = measure(given.data, given.packages, given.work)
    given.out.mkdir(parents=True, exist_ok=True)
    listed = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (given.out / "brand_1.json").write_bytes(listed + b"\n")
    text = markdown(report)
    (given.out / "brand_1.md").write_text(text, encoding="utf-8")
    _LOG.info("%s", text)


if __name__ == "__main__":
    main()
