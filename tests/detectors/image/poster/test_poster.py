"""image.poster: a name that promises coins and leads elsewhere; anything less is no signal."""

import io
import re

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from detectors.asking import UNJUDGED
from detectors.card import ModelCard
from detectors.examiners import Setup, load
from detectors.image.examiner import ImageExaminer
from detectors.image.ocr.detector import ImageOcr
from detectors.image.picture import Picture
from detectors.image.poster.detector import HIGHEST, LOGO, ImagePoster
from detectors.image.qr.reader import ImageQr
from detectors.media import Box, File, Place, Transcript
from schemas.signals import Signal
from tests.detectors.image import pictures

PICTURE = pictures.picture(pictures.photo(1), name="media[0]")
POSTER = ImagePoster()
LINES = ("BINANCE", "Birthday event", "A bonus of 500 USDT", "Scan to receive")
ELSEWHERE = "https://bnb-birthday.example/e"


def written(*lines: str, small_px: int = 30) -> Transcript:
    text = "\n".join(lines)
    places = tuple(
        Place(
            start=match.start(),
            end=match.end(),
            box=Box(10, 100 * n, 400, 30 + (small_px if n == 0 else 0)),
        )
        for n, match in enumerate(re.finditer(r"[^\n]+", text))
    )
    return Transcript(reader="image.ocr@1", part="media[0]", text=text, places=places)


def code(payload: str, **evidence: str) -> Transcript:
    return Transcript(
        reader="image.qr@1", part="media[0]", text=payload, evidence={"code": "QR", **evidence}
    )


def logo(brand: str, score: float = 0.9) -> Signal:
    return Signal(
        label="impersonation",
        score=score,
        detector="image.brand@1",
        part="media[0]",
        evidence={"brand": brand},
    )


def score(*transcripts: Transcript, signals: tuple[Signal, ...] = ()) -> float:
    found = POSTER.compose(PICTURE, transcripts, signals)
    return max((one.score for one in found), default=0.0)


def test_a_name_that_promises_coins_and_leads_elsewhere() -> None:
    (found,) = POSTER.compose(PICTURE, [written(*LINES), code(ELSEWHERE)], ())
    assert (found.label, found.part, found.detector) == ("scam", "media[0]", "image.poster@1")
    assert 0.8 < found.score <= HIGHEST
    evidence = found.evidence or {}
    assert evidence["brand"] == "Binance"
    assert evidence["leads"] == "bnb-birthday.example"
    assert evidence["amount"] == "500 usdt"
    assert evidence["by"] == "word"
    assert evidence["box"] == "10,0,400,60"
    assert "name leads elsewhere +2.0" in evidence["why"]


@pytest.mark.parametrize(
    "destination",
    [
        code("https://t.me/desk_of_rewards"),
        code("bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", pays="btc"),
        written(*LINES, "0x52908400098527886E0F7030069857D2E4169EE7"),
        written(*LINES, "claim at bnb-birthday.example/now"),
    ],
)
def test_ways_of_leading_elsewhere(destination: Transcript) -> None:
    assert score(written(*LINES), destination) >= POSTER.card.thresholds["scam"]


@pytest.mark.parametrize(
    ("lines", "payload"),
    [
        (LINES, "https://www.binance.com/en/events"),
        (LINES, "https://en.wikipedia.org/wiki/Binance"),
        (("BINANCE", "Volume: 500 USDT in a second", "Read on"), ELSEWHERE),
        (("BINANCE", "A bonus for readers", "Scan"), ELSEWHERE),
        (("Cafe Luna", "A bonus of 500 USDT", "Scan to receive"), ELSEWHERE),
        (("Solana", "A bonus of 5 SOL", "Scan to receive"), ELSEWHERE),
        (("Flea market", "we like Binance", "A bonus of 500 USDT"), ELSEWHERE),
    ],
)
def test_anything_less_is_no_signal(lines: tuple[str, ...], payload: str) -> None:
    assert score(written(*lines), code(payload)) == 0.0


def test_nothing_to_follow_is_no_signal() -> None:
    assert score(written(*LINES)) == score(code(ELSEWHERE)) == score() == 0.0


def test_a_warning_is_none() -> None:
    lines = ("BINANCE", "gives no bonus of 500 USDT", "Beware of scams, never scan such codes")
    assert score(written(*lines), code(ELSEWHERE)) < 0.2


def test_a_logo_is_a_name() -> None:
    given_ = written("Birthday event", "A bonus of 500 USDT"), code(ELSEWHERE)
    assert score(*given_) == 0.0
    assert score(*given_, signals=(logo("Binance"),)) > 0.8
    assert score(*given_, signals=(logo("Binance", LOGO - 0.01),)) == 0.0
    assert score(*given_, signals=(logo("Nobody's"),)) == 0.0
    (found,) = POSTER.compose(PICTURE, given_, (logo("Binance"),))
    assert (found.evidence or {})["by"] == "logo"


@given(st.lists(st.text(max_size=40), max_size=5), st.text(max_size=60))
def test_any_words_have_a_score(lines: list[str], payload: str) -> None:
    found = POSTER.compose(PICTURE, [written("BINANCE", *lines), code(payload)], ())
    assert all(0.0 <= one.score <= HIGHEST for one in found)


class Failing:
    card = ModelCard(id="image.failing@1")

    def compose(self, picture: Picture, transcripts: object, signals: object, /) -> tuple[()]:
        message = "no"
        raise RuntimeError(message)


def drawn() -> File:
    seen = Image.new("RGB", (900, 1100), (30, 30, 40))
    pen = ImageDraw.Draw(seen)
    for n, line in enumerate(LINES):
        font = ImageFont.load_default(90 if n == 0 else 48)
        pen.text((450, 60 + 130 * n), line, (250, 250, 250), font, anchor="ma")
    kept = io.BytesIO()
    segno.make(ELSEWHERE).save(kept, kind="png", scale=10, border=4)
    seen.paste(Image.open(kept).convert("RGB"), (270, 640))
    kept = io.BytesIO()
    seen.save(kept, "PNG")
    return File(name="media[0]", modality="image", content=kept.getvalue(), kind="png")


def test_a_drawn_poster_through_the_examiner() -> None:
    examiner = load(Setup(lane="image", names=("image.poster", "image.ocr", "image.qr")))
    assert examiner.detectors == ("image.ocr@1", "image.qr@1", "image.poster@1")
    found = examiner.examine(drawn())
    (signal,) = found.signals
    assert (signal.detector, found.unanswered) == ("image.poster@1", ())
    assert "image.poster@1" in {one.name for one in found.stages}


def test_a_composer_that_fails_or_stands_alone_is_told() -> None:
    examiner = ImageExaminer((), (), (ImageOcr(), ImageQr()), (Failing(), POSTER))
    found = examiner.examine(drawn())
    assert [(one.detector, one.cause) for one in found.unanswered] == [
        ("image.failing@1", "failed: RuntimeError")
    ]
    assert [one.detector for one in found.signals] == ["image.poster@1"]
    alone = load(Setup(lane="image", names=("image.poster",))).examine(drawn())
    assert [(one.detector, one.cause) for one in alone.unanswered] == [("image.*", UNJUDGED)]
