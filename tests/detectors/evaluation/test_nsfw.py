from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from detectors.card import read
from detectors.evaluation import nsfw_figures as figures
from detectors.evaluation import nsfw_page
from detectors.evaluation.harmless import SKIN_TONES, all_of, skin
from detectors.evaluation.nsfw_figures import Seen
from detectors.evaluation.nsfw_report import Report
from detectors.evaluation.patterns import PATTERNS, pattern
from detectors.image.nsfw.detector import MODEL_ID
from detectors.image.nsfw.networks import ROOT

CARD = read(MODEL_ID)
PAGE = ROOT / "evaluation" / "nsfw_1.md"


def seen(source: str, porn: float, nsfw: float, third: float | None = None) -> Seen:
    def classes(share: float) -> tuple[float, ...]:
        return (0.0, 0.0, 1 - share, share, 0.0)

    inception = None if third is None else classes(third)
    return Seen(source, f"{source}{porn}", 0, classes(porn), (1 - nsfw, nsfw), inception)


ANSWERS = [
    seen("a", 0.01, 0.01),
    seen("a", 0.9, 0.01, 0.2),
    seen("b", 0.99, 0.99, 0.99),
    seen("b", 0.01, 0.8, 0.1),
]


def test_false_alarms_are_counted_by_source() -> None:
    rows = {one.name: one for one in figures.sources(ANSWERS, CARD)}
    assert [rows[name].n for name in ("a", "b", "all")] == [2, 2, 4]
    assert [rows[name].n_false for name in ("a", "b", "all")] == [0, 1, 1]
    assert rows["all"].alone == {"mobilenet": 2, "yahoo": 2, "inception": 1}


def test_a_threshold_of_other_sources() -> None:
    assert figures.left_out(ANSWERS, CARD) == 1


def test_denials() -> None:
    first, second = figures.denials(ANSWERS)
    assert (first.n, first.against) == (2, {"yahoo": 1, "inception": 1})
    assert (second.n, second.against) == (2, {"mobilenet": 1, "inception": 1})


def test_cuts() -> None:
    rows = figures.cuts(ANSWERS, CARD)
    assert rows[0].early == 0.25
    assert rows[-1].early == 1.0


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_are_the_same_each_time(name: str) -> None:
    assert pattern(name, 50, 40).shape == (40, 50, 3)
    assert (pattern(name, 50, 40) == pattern(name, 50, 40)).all()
    assert len({pattern(one, 30, 30).tobytes() for one in PATTERNS}) == len(PATTERNS)


def test_skins_are_in_their_colours() -> None:
    first = skin(1)
    assert (first == skin(1)).all()
    tone = np.array(SKIN_TONES[1]) * 0.9
    assert np.abs(np.median(first, axis=(0, 1)) - tone).max() < 60


def test_files_are_found_and_small_ones_left_out(tmp_path: Path) -> None:
    for name, side_px in (("large", 100), ("small", 20)):
        path = tmp_path / "photos" / "one" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (side_px, side_px)).save(path)
    (tmp_path / "photos" / "one" / "no.png").write_bytes(b"no picture")
    found = [one for one in all_of(tmp_path, tmp_path / "photos") if one.source == "one"]
    assert [one.name for one in found] == ["large.png", "no.png", "small.png"]
    assert [one.picture() is None for one in found] == [False, True, True]


def test_the_page_is_that_of_the_weights() -> None:
    report = msgspec.json.decode(PAGE.with_suffix(".json").read_bytes(), type=Report)
    assert report.files == {role: file.sha256 for role, file in CARD.files.items()}
    assert report.threshold == CARD.thresholds["sexual"]
    assert report.early_exit == CARD.early_exit
    text = PAGE.read_text(encoding="utf-8")
    assert nsfw_page.markdown(report).splitlines()[:30] == text.splitlines()[:30]


def test_networks_agree_with_their_sources() -> None:
    report = msgspec.json.decode(PAGE.with_suffix(".json").read_bytes(), type=Report)
    assert {one.role for one in report.agreement} == {"mobilenet", "inception", "yahoo"}
    assert max(one.apart for one in report.agreement) < 1e-3
