import time
from itertools import count

import numpy as np
import pytest
from msgspec.structs import replace

from detectors.card import read
from detectors.detector import Undecodable
from detectors.image.ocr import detector
from detectors.image.ocr.decoding import Reading
from detectors.image.ocr.detector import MODEL_ID, ImageOcr
from detectors.image.ocr.models import CARD_FILE
from detectors.image.picture import Picture, Refusal
from detectors.media import Transcript, Unread
from detectors.session import ModelMismatch
from tests.detectors.image import pictures
from tests.detectors.image.ocr import drawn

TEA = ("Good morning everyone", "tea is at half past nine")


@pytest.fixture(scope="module")
def reader() -> ImageOcr:
    return ImageOcr(threads=1)


def transcripts(reader: ImageOcr, part: Picture) -> tuple[Transcript, ...]:
    (found,) = reader.read([part])
    assert isinstance(found, tuple)
    return found


def text(reader: ImageOcr, pixels: pictures.Pixels) -> str:
    return "\n".join(one.text for one in transcripts(reader, pictures.picture(pixels)))


@pytest.mark.parametrize("is_dark", [False, True])
def test_lines_are_read_in_order(reader: ImageOcr, is_dark: bool) -> None:
    part = pictures.picture(drawn.note(*TEA, is_dark=is_dark), name="media1")
    (found,) = transcripts(reader, part)
    assert found.text == "\n".join(TEA)
    assert (found.reader, found.part) == (MODEL_ID, "media1")
    assert 0.8 < found.confidence <= 1
    assert [found.text[one.start : one.end] for one in found.places] == list(TEA)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pictures_are_read(reader: ImageOcr, quarters: int) -> None:
    turned = np.ascontiguousarray(np.rot90(drawn.note(*TEA), quarters))
    assert text(reader, turned) == "\n".join(TEA)


@pytest.mark.parametrize(("name", "said"), drawn.SCRIPTS.items())
def test_other_scripts(reader: ImageOcr, name: str, said: str) -> None:
    assert text(reader, drawn.line(name)) == said


def test_an_address_among_cyrillic_words(reader: ImageOcr) -> None:
    assert text(reader, drawn.line("mixed")) == "Смотри news.example завтра"


def test_columns_stay_apart(reader: ImageOcr) -> None:
    read_lines = text(reader, drawn.columns()).splitlines()
    assert read_lines == ["Bread and tea", "at seven", "Soup and rice", "at noon"]


def test_boxes_are_in_the_files_pixels(reader: ImageOcr) -> None:
    part = pictures.picture(drawn.note(*TEA))
    large = replace(part, width_px=2 * part.width_px, height_px=3 * part.height_px)
    (small,), (scaled,) = transcripts(reader, part), transcripts(reader, large)
    for one, other in zip(small.places, scaled.places, strict=True):
        assert one.box is not None
        assert other.box == one.box.scaled(2, 3)
        assert 0 <= one.box.left < one.box.left + one.box.width <= part.width_px + 8


def test_a_picture_without_text(reader: ImageOcr) -> None:
    assert text(reader, drawn.blank()) == ""


def test_frames_with_the_same_text_give_it_once(reader: ImageOcr) -> None:
    frame = drawn.note(*TEA)
    part = pictures.picture(frame, frame.copy(), drawn.note("Something else"))
    assert [one.text for one in transcripts(reader, part)] == ["\n".join(TEA), "Something else"]


def test_damaged_pictures_are_read_as_far_as_they_go(reader: ImageOcr) -> None:
    part = replace(pictures.picture(drawn.note(*TEA)), is_truncated=True)
    (found,) = reader.read([part])
    assert isinstance(found, Unread)
    assert found.transcripts[0].text == "\n".join(TEA)
    assert "damaged" in found.cause


def test_more_text_than_is_read(reader: ImageOcr) -> None:
    page = drawn.note(*[f"number {n} of a very long list of names and places" for n in range(60)])
    page = np.hstack((page, page))
    (found,) = reader.read([pictures.picture(page)])
    assert isinstance(found, Unread)
    assert "past what is read" in found.cause


def test_what_was_read_in_time_stands(reader: ImageOcr, monkeypatch: pytest.MonkeyPatch) -> None:
    page = pictures.picture(drawn.note(*[f"line number {n} of a long note" for n in range(9)]))
    (whole,) = reader.read([page])
    assert isinstance(whole, tuple)
    clock = count()
    monkeypatch.setattr(time, "thread_time", lambda: float(next(clock)))
    # A look at the clock takes a second here, and there is one before each line.
    (found,) = reader.read([page])
    assert isinstance(found, Unread)
    assert "lines are past what is read" in found.cause
    assert 0 < len(found.transcripts[0].text) < len(whole[0].text)
    monkeypatch.setattr(detector, "READ_S", 0.0)
    assert reader.read([page]) == [Unread(transcripts=(), cause="no time for 1 frame(s)")]


def test_lines_that_nobody_can_read_are_told(
    reader: ImageOcr, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = pictures.picture(drawn.note(*TEA))
    unsure = Reading(text="xqzk vw", sure=(0.1,) * 7)
    monkeypatch.setattr(reader.frames._lines, "read", lambda _: unsure)
    assert reader.read([page]) == [
        Unread(transcripts=(), cause="2 lines, perhaps of a script that is not read")
    ]


def test_batches_and_refusals(reader: ImageOcr) -> None:
    parts: list[Picture | Refusal] = [
        pictures.picture(drawn.note(*TEA)),
        Refusal("truncated", "the file ends early"),
        pictures.picture(drawn.line("cyrillic")),
    ]
    together = reader.read(parts)
    assert together == [reader.read([part])[0] for part in parts]
    assert together[1] == Undecodable("truncated: the file ends early")
    assert reader.read([]) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (40, 3000)])
def test_odd_shapes_raise_nothing(reader: ImageOcr, shape: tuple[int, int]) -> None:
    assert text(reader, np.full((*shape, 3), 127, np.uint8)) == ""


def test_another_file_than_on_the_card() -> None:
    card = read(MODEL_ID, CARD_FILE)
    other = replace(card.files["scripts"], sha256="0" * 64)
    with pytest.raises(ModelMismatch):
        ImageOcr(card=replace(card, files={**card.files, "scripts": other}))


def test_a_package_that_is_not_there() -> None:
    card = read(MODEL_ID, CARD_FILE)
    other = replace(card.files["recogniser"], package="no_such_package")
    with pytest.raises(ModelMismatch, match="not installed"):
        ImageOcr(card=replace(card, files={**card.files, "recogniser": other}))
