"""The authored seeds: violating texts in twelve languages to attack with."""

from pathlib import Path
from random import Random
from typing import Final

from detectors.evaluation.run.rows import LabelledText, RowsInvalid, read

SEEDS: Final = Path(__file__).parent / "seeds.jsonl"


def chosen(paths: list[Path], *, limit: int | None, seed: int) -> list[LabelledText]:
    """Reads the violating texts of the files, or the authored seeds where none is named.

    Args:
        paths: Labelled JSON lines, as `tidegate eval run` takes them.
        limit: How many to draw at most, in their order; None for all.
        seed: Decides which are drawn.

    Raises:
        RowsInvalid: if a file is wrong, or none of its texts violates anything.
    """
    rows = [row for row in read(paths or [SEEDS]) if 1 in row.labels.values()]
    if not rows:
        message = "no text in the input has a label that is 1"
        raise RowsInvalid(message)
    if limit is None or limit >= len(rows):
        return rows
    rng = Random(seed)  # noqa: S311 - repeatable on purpose
    return [rows[n] for n in sorted(rng.sample(range(len(rows)), limit))]
