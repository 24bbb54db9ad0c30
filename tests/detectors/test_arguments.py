"""Programs that train and measure refuse a folder that is not there, in one line."""

import importlib
from pathlib import Path

import pytest

from detectors.arguments import existing_folder

TRAINING = "detectors.training"
EVALUATION = "detectors.evaluation"


def refused(capfd: pytest.CaptureFixture[str], stop: pytest.ExceptionInfo[SystemExit]) -> str:
    """What was said: one line, and nothing on standard output."""
    out, err = capfd.readouterr()
    assert (stop.value.code, out, err.count("\n")) == (2, "", 1)
    return err


def test_a_folder_that_is_there_is_taken(tmp_path: Path) -> None:
    assert existing_folder(str(tmp_path)) == tmp_path
    assert existing_folder(".") == Path()


@pytest.mark.parametrize("written", ["", " ", "/nonexistent", __file__, "a\nb", "\x00", "a" * 5000])
def test_anything_else_is_refused(written: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        existing_folder(written)
    assert "is no folder" in refused(capfd, stop)


@pytest.mark.parametrize(
    ("module", "given", "needs"),
    [
        (f"{TRAINING}.text_risk.__main__", ["all", "--out", "OUT", "--data"], "torch onnx sklearn"),
        (f"{TRAINING}.url_risk.__main__", ["--out", "OUT", "--data"], "sklearn"),
        (f"{TRAINING}.text_risk.contrast.__main__", ["--words"], ""),
        (f"{TRAINING}.text_risk.left_out.__main__", ["run", "--out", "OUT", "--data"], ""),
        (f"{EVALUATION}.text_risk", ["--out", "OUT", "--data"], "torch sklearn"),
        (f"{EVALUATION}.links", ["--out", "OUT", "--data"], ""),
        (f"{EVALUATION}.entities", ["--out", "OUT", "--data"], ""),
        (f"{EVALUATION}.normaliser", ["--data"], ""),
    ],
)
def test_a_program_begins_nothing_without_its_folder(
    module: str,
    given: list[str],
    needs: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for package in needs.split():
        pytest.importorskip(package)
    out = tmp_path / "out"
    written = [str(out) if one == "OUT" else one for one in given]
    monkeypatch.setattr("sys.argv", ["program", *written, "/nonexistent"])
    with pytest.raises(SystemExit) as stop:
        importlib.import_module(module).main()
    assert "'/nonexistent' is no folder" in refused(capfd, stop)
    assert not out.exists()
