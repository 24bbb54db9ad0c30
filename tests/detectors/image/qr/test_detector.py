from pathlib import Path

import pytest
from msgspec.structs import replace

from detectors.detector import Partial, Undecodable, signals_of
from detectors.image.picture import Refusal
from detectors.image.qr.detector import ImageQr
from detectors.text.entities.detector import Entities
from detectors.text.links import store
from detectors.text.links.detector import Links
from schemas.signals import Signal
from tests.detectors.image import pictures
from tests.detectors.image.qr.drawn import code, on_photo

BLOCKED = "bad-claims.example"
PAY = "bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT?amount=0.1&message=double+your+coins"


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> ImageQr:
    path = tmp_path_factory.mktemp("lists") / "links.store"
    path.write_bytes(store.pack({BLOCKED: store.Kind.DENY}))
    return ImageQr([Links(store=Path(path)), Entities()])


def judged(detector: ImageQr, *payloads: str) -> tuple[Signal, ...]:
    part = pictures.picture(on_photo(*map(code, payloads)), name="media1")
    return signals_of(detector.predict([part])[0])


def test_a_code_to_a_blocked_site(detector: ImageQr) -> None:
    (found,) = judged(detector, f"https://{BLOCKED}/claim?wallet=private&k=1#more")
    assert (found.label, found.score) == ("phishing", 0.99)
    assert (found.detector, found.part, found.span) == ("image.qr@1", "media1", None)
    assert found.evidence is not None
    assert found.evidence["host"] == BLOCKED
    assert found.evidence["link"] == f"https://{BLOCKED}/claim"
    assert found.evidence["code"] == "QR Code"
    assert found.evidence["by"].startswith("text.links@")
    assert len([int(one) for one in found.evidence["box"].split(",")]) == 4
    assert "private" not in str(found.evidence)


def test_every_code_counts(detector: ImageQr) -> None:
    found = judged(detector, "https://harmless-bakery.example", f"https://{BLOCKED}")
    assert [one.label for one in found if one.score > 0.9] == ["phishing"]


def test_a_payment_says_whom(detector: ImageQr) -> None:
    found = [one for one in judged(detector, PAY) if one.label == "scam"]
    assert found[0].score > 0.5
    assert found[0].evidence is not None
    assert found[0].evidence["pays"] == "btc 1BoatSLRHtKNngkdXEeobR76b53LETtpyT 0.1"
    assert found[0].evidence["by"].startswith("text.entities@")


def test_boxes_are_in_the_files_pixels(detector: ImageQr) -> None:
    part = pictures.picture(on_photo(code(f"https://{BLOCKED}")))
    large = replace(part, width_px=2 * part.width_px, height_px=2 * part.height_px)
    boxes = []
    for one in (part, large):
        (found,) = signals_of(detector.predict([one])[0])
        assert found.evidence is not None
        boxes.append([int(side) for side in found.evidence["box"].split(",")])
    assert boxes[1] == [2 * side for side in boxes[0]]


def test_a_code_in_a_later_frame(detector: ImageQr) -> None:
    seen = on_photo(code(f"https://{BLOCKED}"))
    part = pictures.picture(pictures.photo(3, seen.shape[1], seen.shape[0]), seen)
    (found,) = signals_of(detector.predict([part])[0])
    assert found.evidence is not None
    assert found.evidence["frame"] == "1"


def test_a_code_that_cannot_be_read_is_partial(detector: ImageQr) -> None:
    damaged = code("https://one.example/a", 8)
    damaged[120:180, 60:200] = 0
    answer = detector.predict([pictures.picture(on_photo(damaged))])[0]
    assert answer == Partial((), "1 codes cannot be read")


def test_laws(detector: ImageQr) -> None:
    good = pictures.picture(on_photo(code(f"https://{BLOCKED}")))
    clean, bad = pictures.picture(pictures.photo(2)), Refusal("empty", "no bytes")
    together = detector.predict([good, bad, clean])
    assert together == [detector.predict([one])[0] for one in (good, bad, clean)]
    assert together[1:] == [Undecodable("empty: no bytes"), ()]
    assert detector.predict([]) == []
    assert ImageQr([]).predict([good]) == [()]
