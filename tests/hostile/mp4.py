"""Hostile MP4 and QuickTime clips."""

import io
import struct
from functools import lru_cache
from typing import Final

import av
import numpy as np

from tests.detectors.image.pictures import encoded, image, png
from tests.detectors.video import films
from tests.hostile.boxes import added, box, boxes, edited, full, put
from tests.hostile.deflate import zeros
from tests.hostile.file import ANSWERED, IN_PART, Recipe, Recipes

MEDIA: Final = (b"moov", b"trak", b"mdia")
TABLE: Final = (*MEDIA, b"minf", b"stbl")
MOST: Final = b"\xff\xff\xff\xff"


@lru_cache(maxsize=1)
def sample() -> bytes:
    """Gives an honest clip of a second."""
    return films.film()


def brand(name: bytes = b"isom") -> bytes:
    """Gives the box that a file begins with."""
    return box(b"ftyp", name, bytes(4), name)


def sized(size: bytes, large: bytes = b"") -> bytes:
    """Gives a clip whose box of frames tells another size, before the header that names them."""
    parts = dict(boxes(sample()))
    return brand() + size + b"mdat" + large + parts[b"mdat"] + box(b"moov", parts[b"moov"])


def tabled(kind: bytes, *fields: int) -> bytes:
    """Gives a clip one of whose tables of samples says something else."""
    body = struct.pack(f">{len(fields) + 1}I", 0, *(field & 0xFFFFFFFF for field in fields))
    return edited(sample(), (*TABLE, kind), lambda _: body)


def referring(kind: bytes, address: bytes) -> bytes:
    """Gives a clip whose frames are said to lie at another address."""
    listed = struct.pack(">II", 0, 1) + full(kind, address)
    return edited(sample(), (*MEDIA, b"minf", b"dinf", b"dref"), lambda _: listed)


def alias(path: bytes) -> bytes:
    """Gives a Macintosh alias of a file (`alis`), as QuickTime writes it."""
    name = path.rsplit(b"/", 1)[-1]
    start = bytes(10) + bytes([6]) + b"volume".ljust(27, b"\0") + bytes(12)
    fixed = start + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(36)
    entry = struct.pack(">HH", 18, len(path)) + path + bytes(len(path) % 2)
    return fixed + struct.pack(">HH", 2, len(path)) + path + bytes(len(path) % 2) + entry + MOST


def reference(address: bytes) -> bytes:
    """Gives a QuickTime file that only names another film."""
    named = full(b"rdrf", b"url ", struct.pack(">I", len(address) + 1), address + b"\0")
    return brand(b"qt  ") + box(b"moov", box(b"rmra", box(b"rmda", named)))


def compressed_header(n_bytes: int) -> bytes:
    """Gives a clip whose header is compressed, and unfolds to so many zeros."""
    packed = struct.pack(">I", min(n_bytes, 2**32 - 1)) + zeros(n_bytes)
    return brand(b"qt  ") + box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", packed)))


def nested(n_deep: int) -> bytes:
    """Gives boxes in boxes."""
    sizes = (8 * (n_deep - n) for n in range(n_deep))
    return brand() + b"".join(
        struct.pack(">I", size) + (b"trak" if n else b"moov") for n, size in enumerate(sizes)
    )


def tracks(n_tracks: int) -> bytes:
    """Gives a clip whose track stands there many times."""
    parts = dict(boxes(dict(boxes(sample()))[b"moov"]))
    return added(sample(), (b"moov",), *[box(b"trak", parts[b"trak"])] * n_tracks)


def fragmented() -> bytes:
    """Gives an honest clip with a fragment for each frame."""
    out = io.BytesIO()
    options = {"movflags": "frag_every_frame+empty_moov+default_base_moof"}
    with (
        av.open(io.BytesIO(sample()), "r") as whole,
        av.open(out, "w", format="mp4", container_options=options) as container,
    ):
        stream = container.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(whole.streams.video[0]):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
    return out.getvalue()


def header_first(*before: bytes) -> bytes:
    """Gives an honest clip whose header stands before its frames, and boxes before it."""
    parts = dict(boxes(sample()))
    start, header = box(b"ftyp", parts[b"ftyp"]) + b"".join(before), box(b"moov", parts[b"moov"])
    place = struct.pack(">III", 0, 1, len(start) + len(header) + 8)
    return start + edited(header, (*TABLE, b"stco"), lambda _: place) + box(b"mdat", parts[b"mdat"])


def empty_fragments(n_fragments: int) -> bytes:
    """Gives a clip in fragments, with many that hold nothing."""
    nothing = box(b"moof", full(b"mfhd", bytes(4)), box(b"traf", full(b"tfhd", b"\0\0\0\1")))
    return fragmented() + nothing * n_fragments


def cover(content: bytes, form: int) -> bytes:
    """Gives an honest clip with a picture of its cover."""
    value = box(b"data", struct.pack(">II", form, 0), content)
    handler = full(b"hdlr", bytes(4), b"mdirappl", bytes(9))
    meta = full(b"meta", handler, box(b"ilst", box(b"covr", value)))
    return added(sample(), (b"moov",), box(b"udta", meta))


def long_claim() -> bytes:
    """Gives a clip that says it lasts 2^32 - 1 units."""
    longer = edited(sample(), (b"moov", b"mvhd"), put(16, MOST))
    return edited(longer, (*MEDIA, b"mdhd"), put(16, MOST))


RECIPES: Final[Recipes] = {
    "mp4_frames_of_2_63_bytes": Recipe(
        "frames that fill 2^63 bytes, before the header",
        lambda: sized(b"\0\0\0\1", struct.pack(">q", 2**63 - 1)), "mp4", "header_corrupt"),
    "mp4_frames_of_minus_1_bytes": Recipe(
        "frames that fill -1 bytes", lambda: sized(b"\0\0\0\1", struct.pack(">q", -1)),
        "mp4", "header_corrupt"),
    "mp4_frames_of_4_gb": Recipe(
        "frames that fill 4 GB", lambda: sized(MOST), "mp4", "header_corrupt"),
    "mp4_frames_of_4_bytes": Recipe(
        "a box that is smaller than its own header", lambda: sized(b"\0\0\0\4"),
        "mp4", "header_corrupt"),
    "mp4_65535x65535": Recipe(
        "4,294 million pixels by the container",
        lambda: edited(sample(), (*TABLE, b"stsd"), put(40, MOST)), "mp4", ANSWERED),
    "mp4_4096x2304": Recipe(
        "just within the limit: 9.4 million pixels a frame",
        lambda: films.film(lambda n: np.full((2_304, 4_096, 3), 20 * n, np.uint8), 8),
        "mp4", ANSWERED),
    "mp4_4400x4400": Recipe(
        "19 million pixels a frame",
        lambda: films.film(lambda _: np.zeros((4_400, 4_400, 3), np.uint8), 1),
        "mp4", "too_many_pixels"),
    "mp4_million_frames_a_second": Recipe(
        "a million frames a second", lambda: films.film(rate=1_000_000), "mp4", ANSWERED),
    "mp4_one_frame": Recipe("one frame", lambda: films.film(n=1), "mp4", ANSWERED),
    "mp4_no_frame": Recipe(
        "no frame at all", lambda: edited(tabled(b"stsz", 0, 0), (*TABLE, b"stts"),
                                          lambda _: bytes(8)), "mp4", "no_frames"),
    "mp4_hour_at_1_hz": Recipe(
        "an hour, one frame a second", lambda: films.film(n=3_600, rate=1), "mp4", ANSWERED),
    "mp4_hour_of_two_frames": Recipe(
        "two frames an hour apart",
        lambda: films.film(n=2, times_ms=(0, 3_600_000)), "mp4", ANSWERED),
    "mp4_variable_rate": Recipe(
        "frames 1 ms to 5 s apart",
        lambda: films.film(n=12, times_ms=(0, 1, 2, 40, 41, 900, 901, 6_000, 6_001, 6_100, 9_000,
                                           14_000)), "mp4", ANSWERED),
    "mp4_long_claim": Recipe(
        "a second that says it lasts for years", long_claim, "mp4", ANSWERED),
    "mp4_turned": Recipe("turned by 90 degrees", lambda: films.film(rotation=90), "mp4", ANSWERED),
    "mp4_with_sound": Recipe("sound", lambda: films.film(has_audio=True), "mp4", ANSWERED),
    "mp4_sound_only": Recipe("sound alone", films.sound_only, "mp4", "no_video"),
    "mp4_header_only": Recipe("nothing but its brand", brand, "mp4", "header_corrupt"),
    "mp4_without_header": Recipe(
        "frames that no header names",
        lambda: brand() + box(b"mdat", dict(boxes(sample()))[b"mdat"]), "mp4", "header_corrupt"),
    "mp4_cut": Recipe("ends in the middle, and the header was last",
                      lambda: sample()[: len(sample()) // 2], "mp4", "header_corrupt"),
    "mp4_cut_behind_header": Recipe(
        "ends in the middle, and the header was first",
        lambda: header_first()[:2_500],
        "mp4", f"{ANSWERED}|{IN_PART}"),
    "mp4_fragments": Recipe("a fragment for each frame", fragmented, "mp4", ANSWERED),
    "mp4_50000_fragments": Recipe(
        "50,000 fragments that hold nothing", lambda: empty_fragments(50_000), "mp4", ANSWERED),
    "mp4_2000_tracks": Recipe(
        "2,000 tracks", lambda: tracks(2_000), "mp4", "too_many_streams|out_of_memory"),
    "mp4_100000_deep": Recipe(
        "boxes in boxes, 100,000 deep", lambda: nested(100_000), "mp4", "no_video"),
    "mp4_million_boxes": Recipe(
        "a million empty boxes",
        lambda: header_first(box(b"free") * 1_000_000),
        "mp4", ANSWERED),
    "mp4_4_billion_samples": Recipe(
        "4 billion frames of a byte, by the table", lambda: tabled(b"stsz", 1, -1),
        "mp4", "no_frames"),
    "mp4_4_billion_times": Recipe(
        "4 billion entries in the table of times", lambda: tabled(b"stts", -1, -1, -1),
        "mp4", "out_of_memory"),
    "mp4_frames_elsewhere": Recipe(
        "frames that lie behind the end", lambda: tabled(b"stco", 1, -1), "mp4",
        "no_frames"),
    "mov_header_of_2_gb": Recipe(
        "a compressed header that unfolds to 2 GB", lambda: compressed_header(2**31 - 1),
        "mov", "out_of_memory"),
    "mov_header_of_4_gb": Recipe(
        "a compressed header that unfolds to 4 GB", lambda: compressed_header(2**32 - 1),
        "mov", "out_of_memory"),
    "mov_frames_in_a_file": Recipe(
        "frames that are said to lie in a file of the host",
        lambda: referring(b"alis", alias(b"/etc/hostname")), "mp4",
        "no_frames"),
    "mov_frames_at_an_address": Recipe(
        "frames that are said to lie at an address",
        lambda: referring(b"url ", b"http://127.0.0.1:9/a.mov\0"), "mp4",
        ANSWERED),
    "mov_names_a_file": Recipe(
        "a film that only names a file of the host",
        lambda: reference(b"file:///etc/hostname"), "mov", "no_video"),
    "mov_names_an_address": Recipe(
        "a film that only names an address",
        lambda: reference(b"http://127.0.0.1:9/a.mov"), "mov", "no_video"),
    "mp4_cover_60000x60000": Recipe(
        "a cover of 3,600 million pixels",
        lambda: cover(png(60_000, 60_000), 14), "mp4", ANSWERED),
    "mp4_cover_of_15_mb": Recipe(
        "a cover of 15 MB",
        lambda: cover(encoded(image(), "PNG") + bytes(15_000_000), 14), "mp4", ANSWERED),
    "mp4_and_page": Recipe(
        "also a page with a script",
        lambda: header_first(box(b"free", b"<html><script>1</script>")),
        "mp4", ANSWERED),
}  # fmt: skip
"""What is tried with MP4 and QuickTime."""
