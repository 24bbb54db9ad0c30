from pathlib import Path

import pytest

from detectors.evaluation.gate_file import GateInvalid
from detectors.evaluation.run import gate, report
from detectors.evaluation.run.cells import Options
from detectors.evaluation.run.gate import Bound, Gate, Suite
from tests.detectors.evaluation.run.samples import Spoken, rows


@pytest.fixture(scope="module")
def side() -> report.Side:
    ran = report.run(
        rows(),
        [[Spoken()]],
        Options(n_resamples=0),
        has_functional=True,
        progress=lambda _n: None,
    )
    return ran.sides[0]


def bound(figure: gate.Figure, value: float, **where: str) -> Gate:
    return Gate(bounds=(Bound(figure=figure, label="scam", bound=value, **where),))


@pytest.mark.parametrize("figure", ["average_precision", "f1", "recall_at_fpr", "recall"])
def test_a_least_is_reached(side: report.Side, figure: gate.Figure) -> None:
    assert gate.missed(bound(figure, 1.0), side) == ()


def test_errors_are_bounded_from_above(side: report.Side) -> None:
    assert gate.missed(bound("fpr", 0.0), side) == ()
    (line,) = gate.missed(bound("calibration_error", 0.1), side)
    assert line.startswith("calibration_error of scam (*, *): 0.2")
    assert line.endswith(", over 0.1")


def test_a_figure_that_is_not_measured_is_missed(side: report.Side) -> None:
    assert gate.missed(bound("f1", 0.1, lang="ko"), side) == ("f1 of scam (ko, *): not measured",)


def test_the_suite_is_gated_by_language(side: report.Side) -> None:
    lines = gate.missed(Gate(functional=Suite(must_flag=0.9, must_pass=1, each_language=0.8)), side)
    assert lines[0] == "must flag: 0.0000, under 0.9"
    assert len(lines) == 1 + 12
    bare = report.Side(name="x", texts_per_s=0, n_undecodable=0)
    assert gate.missed(Gate(functional=Suite()), bare) == ("functional suite: not run",)


def test_a_gate_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text('bounds = [{figure = "f1", label = "any", bound = 0.5, lang = "tr"}]\n')
    assert gate.read(path).bounds == (Bound(figure="f1", label="any", bound=0.5, lang="tr"),)


@pytest.mark.parametrize(
    "text",
    [
        "", "bounds = []", "[", "bound = 1",
        'bounds = [{figure = "f2", label = "scam", bound = 1}]',
        'bounds = [{figure = "f1", label = "evil", bound = 1}]', "[functional]\nmust_fly = 1\n",
        'bounds = [{figure = "f1", label = "scam", bound = "1"}]',
        'bounds = [{figure = "f1", label = "scam", bound = nan}]',
        'bounds = [{figure = "fpr", label = "scam", bound = 1.01}]',
        'bounds = [{figure = "f1", label = "scam", bound = -0.01}]',
        "[functional]", "[functional]\nmust_flag = nan", "[functional]\nmust_pass = inf",
        "[functional]\nmust_flag = 90", "[functional]\neach_language = -1",
        'bounds = [{figure = "f1", label = "scam", bound = 0.5}]\n[functional]',
    ],
)  # fmt: skip
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(text)
    with pytest.raises(GateInvalid, match=re_start(path)):
        gate.read(path)
    with pytest.raises(GateInvalid, match="No such file"):
        gate.read(tmp_path / "none.toml")


def re_start(path: Path) -> str:
    return f"^{path}: "
