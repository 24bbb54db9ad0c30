import json
from pathlib import Path

import pytest

from detectors.evaluation.run import recorded, report
from detectors.evaluation.run.cells import Options
from detectors.evaluation.run.recorded import ScoresInvalid
from detectors.evaluation.run.rows import COLUMNS
from tests.detectors.evaluation.run.samples import Spoken, rows

SCAM = COLUMNS.index("scam")


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def lines(n: int, score: float = 0.7) -> list[dict[str, object]]:
    return [{"id": at, "scores": {"scam": score, "ai_generated": 1.0}} for at in range(n)]


def test_scores_are_found_by_id_and_flagged_by_the_limits(tmp_path: Path) -> None:
    limits = recorded.limits_of([Spoken(limit=0.65), Spoken(limit=0.8)])
    assert limits == {"scam": 0.65, "hate": 0.5}
    path = write(tmp_path / "s.jsonl", {"id": "no row", "scores": {}}, *reversed(lines(40)))
    found = recorded.read(path, rows(), limits)
    assert found.scores[:, SCAM] == pytest.approx([0.7] * 40)
    assert found.flagged[:, SCAM].all()
    assert found.flagged[:, -1].all()
    assert found.answered == {"scam", "any"}
    assert found.texts_per_s == 0


def test_a_detector_set_is_compared_with_them(tmp_path: Path) -> None:
    path = write(tmp_path / "fp32.jsonl", *lines(40))
    other = recorded.read(path, rows(), {})
    found = report.run(
        rows(), [[Spoken()]], Options(n_resamples=9), has_functional=True,
        progress=lambda _n: None, recorded=other,
    )  # fmt: skip
    assert [side.name for side in found.sides] == ["text.spoken@1", "fp32.jsonl"]
    assert found.sides[1].functional is None
    assert found.differences[0].average_precision.value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"id": 0, "scores": {"scam": 1.5}}, "line 41: Expected `float` <= 1.0"),
        ({"id": 0}, "line 41: Object missing required field `scores`"),
        ({"id": 0, "scores": {"scam": None}}, "line 41: Expected `float`"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, bad: object, said: str) -> None:
    path = write(tmp_path / "s.jsonl", *lines(40), bad)
    with pytest.raises(ScoresInvalid) as caught:
        recorded.read(path, rows(), {})
    assert said in str(caught.value)


def test_scores_must_fit_the_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", *lines(39))
    with pytest.raises(ScoresInvalid, match="no scores of the row 39"):
        recorded.read(path, rows(), {})
    with pytest.raises(ScoresInvalid, match="share ids"):
        recorded.read(path, [*rows(), *rows()], {})
    with pytest.raises(ScoresInvalid, match="No such file"):
        recorded.read(tmp_path / "none.jsonl", rows(), {})
