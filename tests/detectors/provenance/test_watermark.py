"""Hidden messages: found where they are, and nowhere else."""

import numpy as np
import pytest

from detectors.detector import Undecodable, signals_of
from detectors.evaluation import provenance_files as make
from detectors.image.decode import decode
from detectors.image.picture import Picture, Refusal
from detectors.provenance.watermark import MARKS, Mark, Watermark, block_bits, message


def decoded(pixels: make.Pixels, kind: str = "PNG") -> Picture | Refusal:
    return decode(make.picture(kind, pixels), name="media[0]")


@pytest.mark.parametrize("mark", MARKS, ids=[f"{one.tool} {len(one.bits)}" for one in MARKS])
def test_a_known_message_is_found(mark: Mark) -> None:
    (answer,) = Watermark().predict([decoded(make.marked(make.photo(1, 512), mark.bits))])
    (signal,) = signals_of(answer)
    assert (signal.label, signal.part) == ("ai_generated", "media[0]")
    assert signal.evidence is not None
    assert (signal.evidence["kind"], signal.evidence["tool"]) == ("watermark", mark.tool)


def test_nothing_is_found_in_other_pictures() -> None:
    pictures = [decoded(make.photo(n, 256 + 8 * n)) for n in range(12)]
    pictures += [decoded(np.full((256, 300, 3), n, np.uint8)) for n in (0, 127, 255)]
    assert all(answer == () for answer in Watermark().predict(pictures))


def test_another_message_is_not_a_known_one() -> None:
    bits = tuple(bool(n % 3) for n in range(48))
    picture = decoded(make.marked(make.photo(2, 512), bits))
    assert Watermark().predict([picture]) == [()]
    assert isinstance(picture, Picture)
    votes = block_bits(picture.frames[0].pixels)
    assert np.mean(message(votes, 48) == np.array(bits)) > 0.9


def test_small_pictures_and_none_are_answered() -> None:
    small, none = Watermark().predict(
        [decoded(make.photo(3, 128)), decode(b"not a picture", name="x")]
    )
    assert small == ()
    assert isinstance(none, Undecodable)
    assert Watermark().predict([]) == []
