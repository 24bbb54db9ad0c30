"""`python -m detectors.training.image_nsfw convert|references|card`."""

import argparse
import logging
from pathlib import Path

import msgspec

from detectors.arguments import existing_folder
from detectors.image.nsfw.networks import ROOT
from detectors.training.image_nsfw import cards, graph, references, tfjs

_LOG = logging.getLogger(__name__)
_MODELS = {"mobilenet": "mobilenet_v2", "inception": "inception_v3"}
"""By role on the card: the folder in nsfwjs' package."""
_DECIMALS = 7


def convert(package: Path, out: Path) -> None:
    """Writes both models of nsfwjs as ONNX."""
    out.mkdir(parents=True, exist_ok=True)
    for role, name in _MODELS.items():
        model = graph.converted(tfjs.read(package, name), doc=f"nsfwjs 4.3.0, {name}; MIT licence")
        path = out / f"{role}.onnx"
        path.write_bytes(model.SerializeToString(deterministic=True))
        _LOG.info("%s: %d bytes", path, path.stat().st_size)


def compare(node: Path, out: Path) -> None:
    """Writes what nsfwjs itself says of pictures made by code."""
    found = {
        role: {
            name: [round(one, _DECIMALS) for one in classes] for name, classes in by_name.items()
        }
        for role, by_name in references.measured(node).items()
    }
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def main() -> None:
    """Runs one step."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.image_nsfw")
    steps = parser.add_subparsers(dest="step", required=True)
    step = steps.add_parser("convert", help="nsfwjs' package into ONNX")
    step.add_argument("--package", type=Path, required=True, help="`npm pack nsfwjs@4.3.0`")
    step.add_argument("--out", type=Path, default=ROOT / cards.WEIGHTS)
    step = steps.add_parser("references", help="what nsfwjs itself says, for the tests")
    step.add_argument(
        "--node",
        type=existing_folder,
        required=True,
        help=f"where `npm install {' '.join(references.PACKAGES)}` was done",
    )
    step.add_argument("--out", type=Path, default=ROOT / "evaluation" / "nsfwjs_references.json")
    steps.add_parser("card", help="the card, into detectors/models.toml")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    match given.step:
        case "convert":
            convert(given.package, given.out)
        case "references":
            compare(given.node, given.out)
        case _:
            cards.write()


if __name__ == "__main__":
    main()
