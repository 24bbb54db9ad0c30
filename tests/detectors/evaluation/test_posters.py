import numpy as np
import pytest

from detectors.evaluation import hashes, qr
from detectors.evaluation.posters import HEIGHT_PX, WIDTH_PX, Look, poster
from detectors.image.qr.codes import read


@pytest.mark.parametrize("look", [Look(), Look(rotation_deg=30, tilt_deg=30, has_logo=True)])
def test_a_poster_holds_its_code(look: Look) -> None:
    seen = poster("https://one.example", look, np.random.default_rng(1))
    assert seen.shape == (HEIGHT_PX, WIDTH_PX, 3)
    assert [one.payload for one in read(seen).codes] == ["https://one.example"]


def test_the_same_seed_draws_the_same_poster() -> None:
    one, other = (
        poster("https://one.example", qr.drawn_readable(rng), rng)
        for rng in (np.random.default_rng(2), np.random.default_rng(2))
    )
    assert np.array_equal(one, other)


def test_the_page_of_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr, "N_READABLE", 2)
    monkeypatch.setattr(qr, "N_EMPTY", 1)
    monkeypatch.setattr(qr, "LEVELS", {})
    assert "| `image.qr` (zxing-cpp, three views) | 2 | 2 |" in qr.markdown(qr.measure())


def test_the_page_of_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"N_DISTINCT": 5, "N_CROPPED": 2, "N_COPIED": 1, "N_HASHES": 100, "N_QUERIES": 30}
    for name, value in small.items():
        monkeypatch.setattr(hashes, name, value)
    page = hashes.markdown(hashes.measure())
    assert "Among 5 distinct pictures" in page
    assert "| mirrored | 0 | 100.0% |" in page
