from msgspec.structs import replace

from detectors.detector import Undecodable
from detectors.image.picture import Refusal
from detectors.image.qr.codes import MAX_CODES
from detectors.image.qr.reader import ImageQr
from detectors.media import Transcript, Unread
from tests.detectors.image import pictures
from tests.detectors.image.qr.drawn import code, on_photo
from tests.detectors.image.qr.test_codes import wall

SITE = "bad-claims.example"
PAY = "bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT?amount=0.1&message=double+your+coins"


def read(*payloads: str) -> tuple[Transcript, ...]:
    part = pictures.picture(on_photo(*map(code, payloads)), name="media1")
    (answer,) = ImageQr().read([part])
    assert isinstance(answer, tuple)
    return answer


def test_a_code_is_a_transcript_with_its_place() -> None:
    (found,) = read(f"https://{SITE}/claim?wallet=private&k=1#more")
    assert found.text == f"https://{SITE}/claim?wallet=private&k=1#more"
    assert (found.reader, found.part) == ("image.qr@1", "media1")
    assert found.evidence == {"code": "QR Code"}
    assert not found.is_quotable
    (place,) = found.places
    assert (place.start, place.end) == (0, len(found.text))
    assert place.box is not None


def test_every_code_counts() -> None:
    found = read("https://harmless-bakery.example", f"https://{SITE}")
    assert {one.text for one in found} == {"https://harmless-bakery.example", f"https://{SITE}"}


def test_a_payment_says_whom_and_what_it_tells_the_payer() -> None:
    (found,) = read(PAY)
    assert found.evidence["pays"] == "btc 1BoatSLRHtKNngkdXEeobR76b53LETtpyT 0.1"
    assert found.text.splitlines()[1:] == ["double your coins"]


def test_boxes_are_in_the_files_pixels() -> None:
    part = pictures.picture(on_photo(code(f"https://{SITE}")))
    large = replace(part, width_px=2 * part.width_px, height_px=2 * part.height_px)
    boxes = []
    for one in (part, large):
        (answer,) = ImageQr().read([one])
        assert isinstance(answer, tuple)
        box = answer[0].places[0].box
        assert box is not None
        boxes.append((box.left, box.top, box.width, box.height))
    assert boxes[1] == tuple(2 * side for side in boxes[0])


def test_a_code_in_a_later_frame() -> None:
    seen = on_photo(code(f"https://{SITE}"))
    part = pictures.picture(pictures.photo(3, seen.shape[1], seen.shape[0]), seen)
    (answer,) = ImageQr().read([part])
    assert isinstance(answer, tuple)
    assert [one.evidence["frame"] for one in answer] == ["1"]


def test_a_code_that_cannot_be_read_is_told() -> None:
    damaged = code("https://one.example/a", 8)
    damaged[120:180, 60:200] = 0
    (answer,) = ImageQr().read([pictures.picture(on_photo(damaged))])
    assert answer == Unread(transcripts=(), cause="1 codes cannot be read")


def test_codes_past_the_bound_are_told() -> None:
    sheets = [
        wall(*(code(f"https://n{n}.example", 2) for n in range(start, start + 40)))
        for start in (0, 40)
    ]
    (answer,) = ImageQr().read([pictures.picture(*sheets)])
    assert isinstance(answer, Unread)
    assert len(answer.transcripts) == MAX_CODES
    assert answer.cause == f"{80 - MAX_CODES} codes are past the {MAX_CODES} of a picture"


def test_laws() -> None:
    reader = ImageQr()
    good = pictures.picture(on_photo(code(f"https://{SITE}")))
    clean, bad = pictures.picture(pictures.photo(2)), Refusal("empty", "no bytes")
    together = reader.read([good, bad, clean])
    assert together == [reader.read([one])[0] for one in (good, bad, clean)]
    assert together[1:] == [Undecodable("empty: no bytes"), ()]
    assert reader.read([]) == []
