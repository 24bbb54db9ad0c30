"""Hostile clips of other formats: Matroska, WebM, AVI, lists that name other files, and none."""

import io
import random
import struct
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

import av
import numpy as np
from av.video.stream import VideoStream

from tests.detectors.audio import sounds
from tests.detectors.image.pictures import encoded, image
from tests.detectors.video import films
from tests.hostile import ebml, jpeg, png
from tests.hostile.deflate import zeros
from tests.hostile.ebml import element, number
from tests.hostile.file import ANSWERED, IN_PART, Recipe, Recipes
from tests.hostile.mp4 import sample
from tests.hostile.pictures import zipped

LIST: Final = b"#EXTM3U\n#EXTINF:1,\n"


def packed(frames: Sequence[bytes], form: str, codec: str = "mjpeg") -> bytes:
    """Gives a file of coded frames, whatever they are, ten a second, 160 x 96 by the header."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = 160, 96
        stream.pix_fmt = {"mjpeg": "yuvj420p", "png": "rgb24"}.get(codec, "yuv420p")
        for n, content in enumerate(frames):
            packet = av.Packet(content)
            packet.stream = stream
            packet.time_base = Fraction(1, 10)
            packet.pts = packet.dts = n
            packet.is_keyframe = True
            container.mux(packet)
    return out.getvalue()


def vp8(width_px: int, height_px: int) -> bytes:
    """Gives one frame, coded."""
    codec = av.CodecContext.create("libvpx", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = width_px, height_px, "yuv420p"
    codec.time_base = Fraction(1, 10)
    codec.thread_count = 1
    codec.options = {"deadline": "realtime", "cpu-used": "16", "lag-in-frames": "0"}
    grey = np.full((height_px * 3 // 2, width_px), 99, np.uint8)
    shown = av.VideoFrame.from_ndarray(grey, format="yuv420p")
    shown.pts = 0
    return b"".join(bytes(packet) for packet in (*codec.encode(shown), *codec.encode(None)))


@lru_cache(maxsize=1)
def matroska() -> bytes:
    """Gives an honest clip."""
    return films.film(form="matroska")


def segment(*elements: bytes) -> bytes:
    """Gives a Matroska file."""
    return ebml.start() + element(ebml.SEGMENT, ebml.info(), *elements)


def unfolding() -> bytes:
    """Gives a clip whose one frame is compressed, and unfolds to 4 GB."""
    track = ebml.video(1, b"V_MJPEG", 160, 96, ebml.zlib_coded())
    return segment(element(ebml.TRACKS, track), ebml.frame(1, 0, zeros(4 << 30)))


def with_elements(*elements: bytes) -> bytes:
    """Gives a clip with more elements before its frame."""
    track = ebml.video(1, b"V_MJPEG", 160, 96)
    shown = ebml.frame(1, 0, encoded(image(0, 160, 96), "JPEG"))
    return segment(element(ebml.TRACKS, track), *elements, shown)


def seeking_itself() -> bytes:
    """Gives a clip whose index names itself."""
    seek = element(b"\x4d\xbb", element(b"\x53\xab", b"\x11\x4d\x9b\x74"), number(b"\x53\xac", 0))
    return ebml.start() + element(
        ebml.SEGMENT, element(b"\x11\x4d\x9b\x74", seek * 1_000), ebml.info()
    )


def avi_index_of_itself() -> bytes:
    """Gives an AVI whose index names itself, again and again."""
    content = films.film(form="avi", codec="mpeg4")
    at = content.index(b"strf") - 8
    entries = struct.pack("<QII", at, 32, 1) * 64
    start = struct.pack("<HBBI4s", 4, 0, 0, 64, b"00dc") + bytes(12)
    more = b"indx" + struct.pack("<I", len(start + entries)) + start + entries
    listed = content.index(b"strl") - 4
    size = int.from_bytes(content[listed - 4 + 4 : listed + 4], "little")
    grown = struct.pack("<I", size + len(more))
    end = listed + 4 + size
    return content[:listed] + grown + content[listed + 4 : end] + more + content[end:]


def avi_without_rate() -> bytes:
    """Gives an AVI of 4 billion frames in no time."""
    content = films.film(form="avi", codec="mpeg4")
    at = content.index(b"strh") + 8
    fields = struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0xFFFFFFFF)
    return content[: at + 20] + fields + content[at + 36 :]


def flipped(content: bytes) -> bytes:
    """Gives a file with a byte in 200 changed, behind its start."""
    dice = random.Random(4)  # noqa: S311 - the same each time
    out = bytearray(content)
    for _ in range(len(out) // 200):
        out[dice.randrange(400, len(out))] ^= dice.randrange(1, 256)
    return bytes(out)


MATROSKA_AND_AVI: Final[Recipes] = {
    "mkv": Recipe("an honest clip", matroska, "mkv", ANSWERED),
    "webm_vp8": Recipe("VP8", lambda: films.film(form="webm", codec="libvpx", n=5),
                       "webm", ANSWERED),
    "webm_vp9": Recipe("VP9", lambda: films.film(form="webm", codec="libvpx-vp9", n=5),
                       "webm", ANSWERED),
    "webm_grows_to_4000x4000": Recipe(
        "160 x 96 pixels by the header, then frames of 16 million",
        lambda: packed([vp8(160, 96), vp8(4_000, 4_000), vp8(160, 96)], "webm", "libvpx"),
        "webm", f"{ANSWERED}|{IN_PART}"),
    "mkv_frame_unfolds_to_4_gb": Recipe(
        "a compressed frame that unfolds to 4 GB", unfolding, "mkv",
        "no_frames"),
    "mkv_20000_attachments": Recipe(
        "20,000 attached files",
        lambda: with_elements(element(b"\x19\x41\xa4\x69", ebml.attachment(b"a", b"b") * 20_000)),
        "mkv", ANSWERED),
    "mkv_attachment_of_40_mb": Recipe(
        "an attached file of 40 MB",
        lambda: with_elements(
            element(b"\x19\x41\xa4\x69", ebml.attachment(b"a", bytes(40_000_000)))),
        "mkv", ANSWERED),
    "mkv_100000_chapters": Recipe(
        "100,000 chapters", lambda: with_elements(ebml.chapters(100_000, 1)), "mkv", ANSWERED),
    "mkv_chapters_500_deep": Recipe(
        "chapters in chapters, 500 deep", lambda: with_elements(ebml.chapters(1, 500)),
        "mkv", ANSWERED),
    "mkv_subtitles_only": Recipe(
        "lines without pictures",
        lambda: segment(element(ebml.TRACKS, ebml.subtitles(1)), ebml.frame(1, 0, b"hello")),
        "mkv", "no_video"),
    "mkv_65535x65535": Recipe(
        "4,294 million pixels by the header",
        lambda: segment(element(ebml.TRACKS, ebml.video(1, b"V_MPEG4/ISO/AVC", 65_535, 65_535))),
        "mkv", "header_corrupt"),
    "mkv_200_tracks": Recipe(
        "200 tracks",
        lambda: segment(
            element(ebml.TRACKS, *(ebml.video(n, b"V_VP8", 160, 96) for n in range(1, 201)))),
        "mkv", "header_corrupt"),
    "mkv_seeks_itself": Recipe("an index that names itself", seeking_itself, "mkv",
                               "header_corrupt"),
    "mkv_unknown_sizes": Recipe(
        "elements of unknown size, one in the other",
        lambda: ebml.start() + (ebml.SEGMENT + ebml.UNKNOWN_SIZE) * 50_000, "mkv",
        "header_corrupt"),
    "mkv_element_of_2_56": Recipe(
        "an element of 2^56 - 2 bytes",
        lambda: ebml.start() + ebml.SEGMENT + b"\x01" + b"\xff" * 6 + b"\xfe" + ebml.info(),
        "mkv", "header_corrupt"),
    "mkv_cut": Recipe("ends in the middle", lambda: matroska()[:2_200],
                      "mkv", f"{IN_PART}|{ANSWERED}"),
    "avi_index_of_itself": Recipe(
        "an index that names itself", avi_index_of_itself, "avi",
        ANSWERED),
    "avi_4_billion_frames": Recipe(
        "4 billion frames in no time", avi_without_rate, "avi",
        ANSWERED),
    "avi_header_only": Recipe(
        "nothing but its name", lambda: b"RIFF\xff\xff\xff\xffAVI ", "avi",
        "header_corrupt"),
    "avi_frames_of_16000x16000": Recipe(
        "frames of JPEG of 256 million pixels, 160 x 96 by the header",
        lambda: packed([jpeg.sized(16_000, 16_000)] * 3, "avi"), "avi",
        "frames_corrupt"),
    "avi_frames_of_many_scans": Recipe(
        "frames of JPEG of 2,000 scans",
        lambda: packed([jpeg.many_scans(3_000, 3_000, 2_000)] * 2, "avi"), "avi",
        "frames_corrupt"),
    "mov_frames_of_png": Recipe(
        "frames of PNG of 268 million pixels",
        lambda: packed([png.black(16_384, 16_384)], "mov", "png"), "mov", "codec_refused"),
}  # fmt: skip
"""What is tried with Matroska, WebM, AVI and coded frames."""

OTHERS: Final[Recipes] = {
    "list_of_a_file": Recipe(
        "a playlist (HLS) that names a file of the host",
        lambda: LIST + b"file:///etc/hostname\n", "kind_unknown", "format_refused"),
    "list_of_an_address": Recipe(
        "a playlist (HLS) that names an address",
        lambda: LIST + b"http://127.0.0.1:9/a.ts\n", "kind_unknown", "format_refused"),
    "list_to_join": Recipe(
        "a list (ffconcat) that names a file of the host",
        lambda: b"ffconcat version 1.0\nfile /etc/hostname\n", "kind_unknown", "format_refused"),
    "list_of_segments": Recipe(
        "a list (DASH) that names an address",
        lambda: b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>',
        "kind_unknown", "format_refused"),
    "session": Recipe(
        "a session (SDP) that opens a port",
        lambda: b"v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
        "kind_unknown", "not_a_video"),
    "transport_stream": Recipe(
        "packets of 188 bytes", lambda: (b"\x47\x40\0\x10" + bytes(184)) * 500,
        "kind_unknown", "format_refused"),
    "empty_clip": Recipe("no bytes", lambda: b"", "empty", "empty"),
    "clip_of_one_byte": Recipe("one byte", lambda: b"\0", "kind_unknown", "not_a_video"),
    "clip_is_a_page": Recipe("a page", lambda: b"<!doctype html><video src=a>",
                             "kind_unknown", "not_a_video"),
    "clip_is_a_picture": Recipe(
        "a picture that is posted as a clip", png.sample, "png", "format_refused"),
    "clip_is_a_recording": Recipe(
        "a recording that is posted as a clip", lambda: sounds.wav(sounds.tone(1)),
        "wav", "not_a_video"),
    "clip_and_zip": Recipe("also an archive", lambda: zipped(sample()), "mp4",
                           ANSWERED),
    "clip_with_errors": Recipe(
        "a byte in 200 changed", lambda: flipped(films.film(has_audio=True, n=100)),
        "mp4", f"{ANSWERED}|{IN_PART}"),
    "clip_random": Recipe(
        "random bytes behind a brand",
        lambda: sample()[:32] + random.Random(5).randbytes(50_000),  # noqa: S311
        "mp4", "header_corrupt"),
}  # fmt: skip
"""What is tried with lists, with none and with two at once."""
