import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from detectors.image import pixels
from detectors.image.decode import decode
from detectors.image.picture import REASONS, Limits, Picture, Refusal
from tests.detectors.image import pictures

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF")
SAMPLES = {form: pictures.encoded(pictures.image(), form) for form in FORMATS}


def decoded(content: bytes, limits: Limits | None = None) -> Picture:
    picture = decode(content, name="media", limits=limits or Limits())
    assert isinstance(picture, Picture), picture
    return picture


def refused(content: bytes, limits: Limits | None = None) -> str:
    refusal = decode(content, name="media", limits=limits or Limits())
    assert isinstance(refusal, Refusal), refusal
    return refusal.reason


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_its_pixels(form: str) -> None:
    picture = decoded(SAMPLES[form])
    shown = picture.frames[0].pixels
    assert (picture.header.format, picture.name) == (form.lower(), "media")
    assert shown.dtype == np.uint8
    assert shown.shape == (120, 160, 3)
    assert shown.flags.c_contiguous
    apart = np.abs(shown.astype(int) - pictures.scene().astype(int))
    assert apart.mean() < (12 if form == "GIF" else 4)
    assert not picture.is_truncated
    assert not picture.is_partial


@pytest.mark.parametrize(
    "mode",
    ["1", "L", "LA", "P", "RGBA", "CMYK"],
    ids=["bits", "grey", "la", "palette", "a", "cmyk"],
)
def test_every_colour_model_becomes_rgb(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    grey = Image.new("RGB", (20, 10), (255, 255, 255)).convert(mode)
    picture = decoded(pictures.encoded(grey, form))
    assert picture.header.mode == mode
    assert (picture.frames[0].pixels >= 254).all()


def test_sixteen_bits_keep_their_upper_half() -> None:
    grey = pictures.encoded(Image.fromarray(np.full((9, 9), 40_000, np.uint16)), "PNG")
    assert (decoded(grey).frames[0].pixels == 40_000 >> 8).all()
    rows = b"".join(b"\0" + struct.pack(">H", 40_000) * 27 for _ in range(9))
    colour = decoded(pictures.png(9, 9, depth=16, body=rows))
    assert (colour.frames[0].pixels == 40_000 >> 8).all()


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert (decoded(pictures.encoded(clear, "PNG")).frames[0].pixels == 255).all()
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    assert (decoded(pictures.encoded(half, "PNG")).frames[0].pixels == 127).all()


def test_a_transparent_colour_of_a_palette_is_white() -> None:
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([10, 20, 30, 40, 50, 60])
    content = pictures.encoded(picture, "PNG", transparency=0)
    assert (decoded(content).frames[0].pixels == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_exif_rotation_is_undone(form: str, orientation: int) -> None:
    corner = Image.new("RGB", (64, 32), (255, 255, 255))
    corner.paste((0, 0, 0), (0, 0, 16, 16))  # stored at the top left
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decoded(pictures.encoded(corner, form, exif=exif))
    assert (picture.width_px, picture.height_px) == ((32, 64) if orientation >= 5 else (64, 32))
    dark = picture.frames[0].pixels[:, :, 0] < 60
    top, left = int(dark[: len(dark) // 2].any()), int(dark[:, : dark.shape[1] // 2].any())
    shown = {1: (1, 1), 2: (1, 0), 3: (0, 0), 4: (0, 1), 5: (1, 1), 6: (1, 0), 7: (0, 0), 8: (0, 1)}
    assert (top, left) == shown[orientation]


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_that_moves_gives_evenly_spaced_frames(form: str) -> None:
    picture = decoded(pictures.animated(form), Limits(max_frames=5))
    assert picture.header.n_frames == 9
    assert [frame.index for frame in picture.frames] == [0, 2, 4, 6, 8]
    shades = [int(frame.pixels[15, 20, 1]) for frame in picture.frames]
    assert shades == pytest.approx([0, 40, 80, 120, 160], abs=3)
    assert not picture.is_partial


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_what_an_animation_shows_for_long_is_looked_at(form: str) -> None:
    flashes = [Image.fromarray(pictures.scene(n)) for n in range(12)]
    poster = Image.fromarray(pictures.scene(99))
    content = pictures.encoded(
        flashes[0],
        form,
        save_all=True,
        append_images=[poster, *flashes[1:]],
        duration=[20, 60_000] + [20] * 11,
    )
    picture = decoded(content, Limits(max_frames=2))
    assert [frame.index for frame in picture.frames] == [0, 1]
    assert not picture.is_partial


def test_slides_past_the_budget_are_told() -> None:
    slides = [Image.fromarray(pictures.scene(n)) for n in range(10)]
    several = {"save_all": True, "append_images": slides[1:], "duration": 500}
    picture = decoded(pictures.encoded(slides[0], "GIF", **several))
    assert len(picture.frames) == 8
    assert picture.is_partial


def test_repeats_take_no_room() -> None:
    turns = [Image.fromarray(pictures.scene(n % 3)) for n in range(30)]
    several = {"save_all": True, "append_images": turns[1:], "duration": 500}
    picture = decoded(pictures.encoded(turns[0], "WEBP", lossless=True, **several))
    assert [frame.index for frame in picture.frames] == [0, 1, 2]
    assert not picture.is_partial


def test_a_long_animation_is_read_up_to_the_budget() -> None:
    picture = decoded(pictures.animated("GIF"), Limits(animation_pixels=4 * 40 * 30))
    assert [frame.index for frame in picture.frames] == [0, 1, 2, 3]
    assert picture.is_partial


def test_a_later_frame_that_is_too_large_costs_only_itself() -> None:
    content = pictures.animated("GIF", 3)
    at = content.index(b"\x2c", content.index(b"\x2c") + 30)
    picture = decoded(content[: at + 5] + b"\xff\xff\xff\xff" + content[at + 9 :])
    assert [frame.index for frame in picture.frames] == [0]
    assert picture.is_partial


def test_an_animation_that_claims_more_frames_than_it_has() -> None:
    content = pictures.animated("PNG", 3)
    at = content.index(b"acTL")
    body = struct.pack(">II", 1_000_000, 0)
    more = content[: at - 4] + pictures.chunk(b"acTL", body) + content[at + 16 :]
    assert [frame.index for frame in decoded(more).frames] == [0, 1, 2]


def test_a_large_picture_is_kept_smaller_and_says_its_size() -> None:
    picture = decoded(
        pictures.encoded(pictures.image(0, 900, 600), "PNG"), Limits(kept_pixels=60_000)
    )
    assert (picture.width_px, picture.height_px) == (900, 600)
    assert picture.frames[0].pixels.shape == (200, 300, 3)
    small = np.asarray(pictures.image(0, 900, 600).resize((300, 200), Image.Resampling.BOX))
    assert np.abs(picture.frames[0].pixels.astype(int) - small).max() <= 1


def test_a_strip_of_pixels_keeps_a_side() -> None:
    long = Image.new("RGB", (1, 60_000), (9, 9, 9))
    assert decoded(pictures.encoded(long, "PNG")).frames[0].pixels.shape == (16_384, 1, 3)


def test_limits_are_kept_before_pixels_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "upright", lambda *_: pytest.fail("decoded"))
    assert refused(SAMPLES["PNG"], Limits(max_bytes=1000)) == "too_many_bytes"
    assert refused(SAMPLES["PNG"], Limits(max_pixels=1000)) == "too_many_pixels"
    assert refused(pictures.png(100_000, 100_000)) == "too_many_pixels"
    assert refused(pictures.png(2**31 - 1, 2**31 - 1)) == "too_many_pixels"


def test_compressed_text_and_profiles_do_not_unfold() -> None:
    head, rest = SAMPLES["PNG"][:33], SAMPLES["PNG"][33:]
    bomb = b"a\0\0" + zlib.compress(bytes(80_000_000))
    for kind in (b"zTXt", b"iCCP"):
        assert refused(head + pictures.chunk(kind, bomb) + rest) == "header_corrupt"


def test_what_costs_time_for_each_block_is_counted_first() -> None:
    start, rest = SAMPLES["JPEG"][:2], SAMPLES["JPEG"][2:]
    few = Limits(max_blocks=1_000)
    for blocks in (b"\xff\xfe\0\3a" * 1_000, b"\xff" * 1_000, b"\xff\xfe\0\2" + b"a" * 1_000):
        assert refused(start + blocks + rest, few) == "too_complex"
        assert decoded(start + blocks + rest).header.format == "jpeg"
    chunks = pictures.chunk(b"teSt", b"") * 1_000
    content = SAMPLES["PNG"][:33] + chunks + SAMPLES["PNG"][33:]
    assert refused(content, few) == "too_complex"
    assert decoded(content).header.format == "png"


@pytest.mark.parametrize("between", [b"", b"\xff\xff", b"\xff\0", b"\xff\xd0"])
def test_a_jpeg_of_many_scans_is_refused(between: bytes) -> None:
    sample = pictures.encoded(pictures.image(), "JPEG", progressive=True)
    last = sample.rindex(b"\xff\xda")
    many = sample[:last] + (sample[last:-2] + between) * 300 + sample[-2:]
    assert refused(many, Limits(scan_pixels=160 * 120 * 300)) == "too_complex"
    few = Limits(scan_pixels=160 * 120 * 10)
    assert decoded(sample, few).header.format == "jpeg"
    behind = sample + sample[last:-2] * 300  # a second file behind the first
    assert decoded(behind, few).header.format == "jpeg"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\0" * 100, "not_an_image"),
        (b"<html><img>", "not_an_image"),
        (b"<svg xmlns='x'/>", "format_refused"),
        (pictures.encoded(pictures.image(), "TIFF"), "format_refused"),
        (b"\0\0\0\x18ftypheic", "format_refused"),
        (pictures.png(0, 10), "zero_size"),
        (pictures.png(10, 0), "zero_size"),
        (SAMPLES["GIF"][:6] + b"\xff" * 4 + SAMPLES["GIF"][10:], "too_many_pixels"),
        (SAMPLES["JPEG"][:40], "header_corrupt"),
        (SAMPLES["WEBP"][:800], "truncated"),
        (SAMPLES["AVIF"][:-20], "pixels_corrupt"),
    ],
)
def test_what_is_no_picture_has_a_named_reason(content: bytes, reason: str) -> None:
    assert refused(content) == reason
    assert reason in REASONS


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP"])
def test_a_cut_file_gives_what_is_there(form: str) -> None:
    picture = decoded(SAMPLES[form][: len(SAMPLES[form]) * 2 // 3])
    assert picture.is_truncated
    row = -1 if form == "BMP" else 0  # stored from below
    apart = np.abs(picture.frames[0].pixels[row].astype(int) - pictures.scene()[row])
    assert apart.mean() < 15


@pytest.mark.parametrize("form", FORMATS)
def test_damage_anywhere_never_raises(form: str) -> None:
    rng = np.random.default_rng(1)
    sample = SAMPLES[form]
    for _ in range(40):
        broken = bytearray(sample)
        for at in rng.integers(0, len(sample), 4):
            broken[at] ^= int(rng.integers(1, 256))
        outcome = decode(bytes(broken[: rng.integers(1, len(sample) + 1)]), name="media")
        assert isinstance(outcome, Picture) or outcome.reason in REASONS


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04" * 9, SAMPLES["PNG"]])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF"])
def test_a_file_that_is_also_another_is_what_its_first_bytes_say(form: str, tail: bytes) -> None:
    picture = decoded(SAMPLES[form] + tail)
    assert picture.header.format == form.lower()
    assert np.array_equal(picture.frames[0].pixels, decoded(SAMPLES[form]).frames[0].pixels)


def test_pillows_globals_are_as_before() -> None:
    before = Image.MAX_IMAGE_PIXELS
    decode(SAMPLES["JPEG"][:900], name="media")
    assert before == Image.MAX_IMAGE_PIXELS
    with pytest.raises(OSError, match="truncated"):
        Image.open(BytesIO(SAMPLES["JPEG"][:1500])).load()
