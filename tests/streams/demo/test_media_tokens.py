import pytest

from detectors.detector import signals_of
from detectors.image.brand.detector import ImageBrand
from detectors.image.decode import decode
from detectors.image.picture import Picture
from streams.demo import media


@pytest.mark.parametrize("kind", ["lookalike", "token"])
def test_the_demo_s_logos(kind: str) -> None:
    detector = ImageBrand()
    threshold = detector.card.thresholds["impersonation"]
    for one in (one for one in media.load() if one.kind == kind):
        picture = decode(one.path.read_bytes(), name="logo")
        assert isinstance(picture, Picture)
        scores = [found.score for found in signals_of(detector.predict([picture])[0])]
        assert (max(scores, default=0.0) >= threshold) == (kind == "lookalike"), one.file
