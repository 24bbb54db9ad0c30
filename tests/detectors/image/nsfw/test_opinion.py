import numpy as np
import pytest

from detectors.image.nsfw.opinion import SHIFT, Opinion, Probabilities


def nsfwjs(
    *, drawing: float = 0.0, hentai: float = 0.0, porn: float = 0.0, sexy: float = 0.0
) -> Probabilities:
    return np.array([drawing, hentai, 1 - drawing - hentai - porn - sexy, porn, sexy])


def yahoo(nsfw: float) -> Probabilities:
    return np.array([1 - nsfw, nsfw])


def opinion(mobilenet: float, other: float, inception: float | None = None) -> Opinion:
    third = None if inception is None else nsfwjs(porn=inception)
    return Opinion(nsfwjs(porn=mobilenet), yahoo(other), third)


def test_one_alone_does_not_decide() -> None:
    assert opinion(0.9999, 0.02, 0.02).score < 0.3
    assert opinion(0.02, 0.9999, 0.02).score < 0.3
    assert opinion(0.02, 0.02, 0.9999).score < 0.3


def test_all_together_do() -> None:
    assert opinion(0.98, 0.98, 0.98).score > 0.9
    assert opinion(0.98, 0.9, 0.9).score > opinion(0.9, 0.9, 0.9).score
    assert opinion(0.01, 0.01).score < 0.02


def test_any_of_them_raises_the_score() -> None:
    base = (0.3, 0.3, 0.3)
    for place in range(3):
        raised = list(base)
        raised[place] = 0.6
        assert opinion(*raised).score > opinion(*base).score


def test_equal_opinions_are_kept_but_for_the_shift() -> None:
    found = opinion(0.7, 0.7, 0.7).score
    assert found == pytest.approx(1 / (1 + np.exp(SHIFT - np.log(0.7 / 0.3))))


def test_of_drawings_yahoo_knows_nothing() -> None:
    drawn = Opinion(nsfwjs(hentai=0.95), yahoo(0.01), nsfwjs(hentai=0.95))
    assert drawn.score > 0.7
    photo = Opinion(nsfwjs(porn=0.95), yahoo(0.01), nsfwjs(porn=0.95))
    assert photo.score < drawn.score


def test_doubt() -> None:
    assert Opinion(nsfwjs(sexy=0.6), yahoo(0.1)).doubt == pytest.approx(0.6)
    assert Opinion(nsfwjs(porn=0.1, hentai=0.2), yahoo(0.1)).doubt == pytest.approx(0.3)
    assert opinion(0.0, 0.8).doubt == pytest.approx(0.8)


@pytest.mark.parametrize("third", [None, 0.0, 1.0])
def test_scores_stay_within_bounds(third: float | None) -> None:
    for first in (0.0, 1.0):
        for second in (0.0, 1.0):
            assert 0 < opinion(first, second, third).score < 1


def test_evidence_names_classes() -> None:
    found = Opinion(nsfwjs(porn=0.905, sexy=0.09), yahoo(0.5), nsfwjs(porn=0.7, hentai=0.3))
    assert found.evidence() == {
        "mobilenet": "porn 0.91, sexy 0.09",
        "yahoo": "nsfw 0.50",
        "inception": "porn 0.70, hentai 0.30",
    }
    assert list(opinion(0.0, 0.0).evidence()) == ["mobilenet", "yahoo"]
