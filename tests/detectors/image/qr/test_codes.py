import numpy as np
import pytest

from detectors.image.qr.codes import MAX_CODES, read
from detectors.media import Box
from tests.detectors.image import pictures
from tests.detectors.image.qr.drawn import blurred, code, on_photo

ONE, TWO = "https://one.example/a", "https://two.example/b"


def payloads(pixels: pictures.Pixels) -> set[str]:
    return {one.payload for one in read(pixels).codes}


def test_all_codes_are_read_with_their_places() -> None:
    first = code(ONE)
    reading = read(on_photo(first, code(TWO)))
    by_payload = {one.payload: one for one in reading.codes}
    assert set(by_payload) == {ONE, TWO}
    box = by_payload[ONE].box
    quiet = 4 * 5
    assert box.left == pytest.approx(40 + quiet, abs=4)
    assert box.top == pytest.approx(30 + quiet, abs=4)
    assert box.width == pytest.approx(first.shape[1] - 2 * quiet, abs=8)
    assert reading.unread == ()


@pytest.mark.parametrize("turns", range(4))
def test_turned_mirrored_inverted(turns: int) -> None:
    seen = np.ascontiguousarray(np.rot90(on_photo(code(ONE)), turns))
    assert payloads(seen) == {ONE}
    assert payloads(np.ascontiguousarray(seen[:, ::-1])) == {ONE}
    assert payloads(255 - seen) == {ONE}


def test_a_blurred_code_is_read_beside_a_clear_one() -> None:
    soft = on_photo(blurred(code(TWO), 2.5), code(ONE))
    assert payloads(soft) == {ONE, TWO}


def test_a_code_that_cannot_be_read_is_told() -> None:
    damaged = code(ONE, 8)
    damaged[120:180, 60:200] = 0
    reading = read(on_photo(damaged))
    assert reading.codes == ()
    assert len(reading.unread) == 1


@pytest.mark.parametrize(
    "payload", ["日本語のテキスト", "a\tb", "👛" * 20, "HTTPS://EXAMPLE.COM/A"]
)
def test_payloads_of_any_script(payload: str) -> None:
    assert payloads(on_photo(code(payload))) == {payload}


def wall(*codes: pictures.Pixels) -> pictures.Pixels:
    """Codes in rows of eight."""
    side = max(one.shape[0] for one in codes)
    filled = np.full((-(-len(codes) // 8) * side, 8 * side, 3), 255, np.uint8)
    for number, one in enumerate(codes):
        top, left = (place * side for place in divmod(number, 8))
        filled[top : top + one.shape[0], left : left + one.shape[1]] = one
    return filled


def test_there_is_an_end_to_codes() -> None:
    reading = read(wall(*(code(f"https://n{n}.example", 2) for n in range(MAX_CODES + 8))))
    assert (len(reading.codes), reading.n_left_out) == (MAX_CODES, 8)


def test_every_damaged_code_is_told() -> None:
    damaged = [code(f"https://n{n}.example", 4) for n in range(15)]
    for one in damaged:
        one[50:80, 30:90] = 0
    reading = read(wall(*damaged, code(ONE, 4)))
    assert [one.payload for one in reading.codes] == [ONE]
    assert len(reading.unread) > 8  # boxes of neighbours may be one


def test_photographs_hold_none() -> None:
    for seed in range(4):
        reading = read(pictures.photo(seed, 400, 300))
        assert (reading.codes, reading.unread) == ((), ())
    assert read(np.zeros((1, 1, 3), np.uint8)).codes == ()


def test_a_box_grows_with_its_picture() -> None:
    assert Box(10, 20, 30, 40).scaled(2.0, 0.5) == Box(20, 10, 60, 20)
