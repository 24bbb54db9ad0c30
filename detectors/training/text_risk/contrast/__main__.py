"""`python -m detectors.training.text_risk.contrast [--words DIR]`: counts and checks the corpus."""

import argparse
import sys

from detectors.arguments import existing_folder
from detectors.training.text_risk.contrast import checks, read
from detectors.training.text_risk.contrast.frames import LANGUAGES, load


def main() -> int:
    """Prints counts and faults; 1 where there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.text_risk.contrast")
    parser.add_argument(
        "--words", type=existing_folder, help="folder of word lists, <language>.json each"
    )
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    languages = [load(lang) for lang in LANGUAGES]
    rows = read(given.words, given.seed)
    found = checks.faults(rows, languages)
    if given.words:
        found += checks.listed_words(languages, given.words)
    lines = [f"{len(rows) // 2} pairs of {len({row.group for row in rows})} frames"]
    for name, counted in checks.counts(rows, languages).items():
        lines.append(f"{name}: " + ", ".join(f"{k} {n}" for k, n in counted.most_common()))
    lengths = sorted(len(row.text.split()) for row in rows if row.lang == "en")
    lines.append(f"words of an English text: {lengths[0]} to {lengths[-1]}")
    lines += [f"FAULT {fault}" for fault in found]
    sys.stdout.write("\n".join([*lines, f"{len(found)} faults"]) + "\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
