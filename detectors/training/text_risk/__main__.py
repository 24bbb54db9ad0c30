"""`python -m detectors.training.text_risk all --data DIR --out DIR`: makes `text.risk`."""

import argparse
import logging
from collections.abc import Callable
from pathlib import Path

from detectors.arguments import existing_folder
from detectors.training.text_risk import steps
from detectors.training.text_risk.steps import Work

STEPS: dict[str, Callable[[Work], None]] = {
    "corpus": steps.make_corpus,
    "vocabulary": steps.make_vocabulary,
    "main": steps.train_main,
    "polish": steps.train_polish,
    "lexicon": steps.fit_lexicon,
    "predict": steps.predict,
    "limits": steps.set_limits,
    "gate": steps.fit_gate,
    "export": steps.export,
    "compare": steps.compare_weights,
    "card": steps.write_card,
}
"""In order; each leaves its files in the output folder and needs those before it."""


def main() -> None:
    """Runs one step, or all that have not left their files yet."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.text_risk")
    parser.add_argument("step", choices=["all", *STEPS])
    parser.add_argument(
        "--data", type=existing_folder, required=True, help="the shared data folder"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for work in progress")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given.out.mkdir(parents=True, exist_ok=True)
    work = Work(data=given.data, out=given.out, threads=given.threads)
    for name, run in STEPS.items():
        if given.step in {"all", name}:
            logging.info("step %s", name)
            run(work)


if __name__ == "__main__":
    main()
