"""The red team on `text.risk` before and after its normaliser, and on the detectors together.

`python -m detectors.evaluation.redteam_readings` attacks the authored seeds with every attack, once
for each way of reading, and writes `text_risk_4_redteam.md` beside itself. Half an hour; with
`--limit 60 --budget 10` some two minutes.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from detectors import registry
from detectors.evaluation.redteam import report, seeds
from detectors.evaluation.redteam.catalogue import ATTACKS
from detectors.evaluation.redteam.judge import Judge
from detectors.evaluation.redteam.rates import Attempt
from detectors.evaluation.redteam.report import Options, Report
from detectors.evaluation.redteam.trial import targets
from detectors.evaluation.run.rows import LabelledText
from detectors.evaluation.run.scoring import Detectors
from detectors.text.risk.detector import MODEL_ID, STEM, TextRisk
from detectors.text.risk.readings import DEFAULT, WHOLE, Readings

_LOG = logging.getLogger(__name__)
PAGE: Final = Path(__file__).with_name(f"{STEM}_redteam.md")
TOGETHER: Final = ("text.canary", "text.risk", "text.links", "text.entities")
RISK: Final = ("whole text", "before the normaliser", "text.risk")
"""Columns that are compared on the same texts."""
RAW: Final = Readings(variants=False)
"""Sentences and quotations, nothing undone."""


def crews(threads: int) -> dict[str, Detectors]:
    """What is attacked, by the name of its column."""
    return {
        RISK[0]: [TextRisk(threads=threads, kinds=WHOLE)],
        RISK[1]: [TextRisk(threads=threads, kinds=RAW)],
        RISK[2]: [TextRisk(threads=threads, kinds=DEFAULT)],
        "all detectors": registry.load(TOGETHER, threads=threads),
    }


def _flagged_by_all(rows: Sequence[LabelledText], judges: Sequence[Judge]) -> list[LabelledText]:
    """The rows that each of the judges flags before any attack."""
    found = list(rows)
    for judge in judges:
        found = [one.row for one in targets(found, judge)]
    return found


def page(found: dict[str, Report]) -> str:
    """The rates side by side, as Markdown; the highest first, by the last column."""
    last = list(found.values())[-1]
    head = f"| attack | readable | {' | '.join(found)} |\n{'|---' * (len(found) + 2)}|\n"
    n_bad = [
        sum(_is_bad(one) for one in each.attempts if one.is_readable) for each in found.values()
    ]
    summary = (
        _line("**mean over readable attacks**", "", [_mean(one) for one in found.values()])
        + _line("readable attacks above 25 %", "", [str(n) for n in n_bad])
        + _line(
            "texts flagged before any attack", "",
            [f"{one.n_flagged} of {one.n_texts}" for one in found.values()],
        )
    )  # fmt: skip
    order = sorted(range(len(last.attempts)), key=lambda n: -_value(last.attempts[n]))
    lines = "".join(
        _line(
            last.attempts[n].name,
            "yes" if last.attempts[n].is_readable else "no",
            [_rate(one.attempts[n]) for one in found.values()],
        )
        for n in order
    )
    options = last.options
    return (
        f"# Red team on {MODEL_ID}\n\n"
        "Written by `python -m detectors.evaluation.redteam_readings`: shares of flagged texts "
        "that an attack hides, at the cards' thresholds. Columns: text.risk reading the text as a "
        "whole and nothing else; sentences and quotations too, without what the normaliser "
        "recovers; as it ships; with the other default detectors. The first three columns are over "
        "the texts that all three flag before any attack, the last over all that it flags itself. "
        "Messages sent one after the other are judged put together too, as chatrooms do. "
        f"Seed {options.seed}, {options.budget} questions a search.\n\n"
        f"{head}{summary}{lines}"
    )


def _line(name: str, readable: str, cells: Sequence[str]) -> str:
    return f"| {name} | {readable} | {' | '.join(cells)} |\n"


def _mean(found: Report) -> str:
    return "-" if found.mean is None else f"**{found.mean.value:.1%}**"


def _value(one: Attempt) -> float:
    return -1.0 if one.rate is None else one.rate.value


def _is_bad(one: Attempt) -> bool:
    return one.rate is not None and one.rate.value > 0.25  # noqa: PLR2004 - the project's bar


def _rate(one: Attempt) -> str:
    return "-" if one.rate is None else f"{one.rate.value:.1%}"


def main() -> None:
    """Attacks and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.redteam_readings")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--budget", type=int, default=100, help="questions of a search a text")
    parser.add_argument("--limit", type=int, help="texts to draw at most")
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    rows = seeds.chosen([], limit=given.limit, seed=1)
    judges = {name: Judge(detectors=own) for name, own in crews(given.threads).items()}
    shared = _flagged_by_all(rows, [judges[name] for name in RISK])
    options = Options(budget=given.budget)
    found: dict[str, Report] = {}
    for name, judge in judges.items():
        own = shared if name in RISK else rows
        found[name] = report.run(own, judge, list(ATTACKS.values()), options, lambda _share: None)
        _LOG.info("%s: mean %s", name, _mean(found[name]))
    given.out.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
