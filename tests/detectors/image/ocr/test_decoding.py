import numpy as np

from detectors.image.ocr.decoding import read


def test_repetitions_and_gaps_are_left_out() -> None:
    best = [0, 1, 1, 0, 1, 2, 2, 0]
    steps = np.full((len(best), 3), 0.1, np.float32)
    for step, letter in enumerate(best):
        steps[step, letter] = 0.8
    found = read(steps, ("a", "b"))
    assert found.text == "aab"
    assert np.allclose(found.sure, 0.8)
    assert found.places == (1.5 / 8, 4.5 / 8, 5.5 / 8)


def test_nothing_is_no_text() -> None:
    found = read(np.eye(3, dtype=np.float32)[[0, 0]], ("a", "b"))
    assert (found.text, found.confidence) == ("", 0.0)
