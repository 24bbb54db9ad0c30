"""Containers: known by their first bytes, opened from memory, nothing else ever opened."""

from collections.abc import Mapping
from fractions import Fraction
from io import BytesIO
from typing import Final, NoReturn

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream
from msgspec import Struct

from detectors.video.clip import Format, Limits, Refusal

HEADER_BYTES: Final = 16
CODECS: Final = (
    "h264",
    "hevc",
    "vp8",
    "vp9",
    "av1",
    "libdav1d",
    "mpeg4",
    "mjpeg",
    "h263",
    "mpeg2video",
)
"""Decoders that may run. FFmpeg has hundreds, many for formats nobody has looked at in years."""
PICTURE_BRANDS: Final = frozenset(
    (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
)
MAX_DURATION_MS: Final = 24 * 3_600_000
"""Longer claims are not believed."""
_ATOMS: Final = frozenset((b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"))
"""How MP4 files begin, and QuickTime files without a brand."""
_REFUSED: Final[Mapping[bytes, str]] = {
    b"#EXTM3U": "a playlist names other files",
    b"ffconcat": "a playlist names other files",
    b"<?xml": "a manifest names other files",
    b"<MPD": "a manifest names other files",
    b"[playlist]": "a playlist names other files",
    b"FLV\x01": "Flash video",
    b"OggS": "Ogg",
    b"\x30\x26\xb2\x75": "Windows media",
    b"\x00\x00\x01\xba": "an MPEG programme stream",
    b"\x00\x00\x01\xb3": "a bare MPEG stream",
    b"\x47\x40": "an MPEG transport stream",
    b"GIF8": "an animated picture",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b".RMF": "RealMedia",
}


class Opened(Struct, frozen=True, kw_only=True, eq=False):
    """A container with the video stream to decode; whoever opened it closes it."""

    format: Format
    container: InputContainer
    stream: VideoStream
    n_videos: int
    """Video streams, without attached pictures."""
    duration_ms: int | None
    """What the file claims, where it can be believed."""
    step_ms: float
    """From frame to frame, by the claimed rate; 10 to 1000."""


def probe(content: bytes) -> Format | Refusal:
    """Gives a file's format by its first bytes; names and content types are never asked."""
    head = content[:HEADER_BYTES]
    if head[4:8] == b"ftyp" and head[8:12] in PICTURE_BRANDS:
        return Refusal("format_refused", "a picture in a video's container")
    if head[4:8] in _ATOMS:
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, what in _REFUSED.items():
        if start.startswith(magic):
            return Refusal("format_refused", what)
    return Refusal("not_a_video", "its first bytes are no known video's")


def open_container(content: bytes, limits: Limits) -> Opened | Refusal:
    """Gives the container, its header read and within the limits, or why not.

    No frame is decoded but what FFmpeg needs to know a stream. Raises whatever PyAV does on hostile
    bytes.
    """
    if not content:
        return Refusal("empty", "no bytes")
    if len(content) > limits.max_bytes:
        return Refusal("too_many_bytes", f"more than {limits.max_bytes}")
    form = probe(content)
    if isinstance(form, Refusal):
        return form
    container = _opened(content, form, limits)
    try:
        found = _checked(container, form, limits)
    except BaseException:
        container.close()
        raise
    if isinstance(found, Refusal):
        container.close()
    return found


def _opened(content: bytes, form: Format, limits: Limits) -> InputContainer:
    """Opens with the one demuxer, and lets it open nothing else and use no other decoder."""
    return av.open(
        BytesIO(content),
        "r",
        format=form,
        metadata_errors="replace",
        io_open=_refuse_io,
        options={"max_pixels": str(limits.max_pixels)},
        container_options={
            "codec_whitelist": ",".join(CODECS),
            "format_whitelist": form,
            "protocol_whitelist": "none",
            "max_streams": str(limits.max_streams),
            "analyzeduration": "2000000",
            "probesize": "5000000",
        },
    )


def _refuse_io(url: str, flags: int, options: Mapping[str, str]) -> NoReturn:
    """Stands where FFmpeg would open what a file refers to."""
    message = "a container may open nothing else"
    raise PermissionError(message)


def _checked(container: InputContainer, form: Format, limits: Limits) -> Opened | Refusal:
    n_streams = len(container.streams)
    if n_streams > limits.max_streams:
        return Refusal("too_many_streams", f"{n_streams}, more than {limits.max_streams}")
    videos = [
        one for one in container.streams.video if not one.disposition & Disposition.attached_pic
    ]
    if not videos:
        return Refusal("no_video", "no video stream")
    known = [one for one in videos if _codec(one) in CODECS]
    if not known:
        return Refusal("codec_refused", "no decoder that may run knows it")
    stream = max(known, key=lambda one: bool(one.disposition & Disposition.default))
    refusal = _size_refused(stream, limits)
    if refusal is not None:
        return refusal
    stream.codec_context.options = {"max_pixels": str(limits.max_pixels)}
    stream.codec_context.thread_count = limits.threads
    stream.codec_context.thread_type = "AUTO" if limits.threads > 1 else "NONE"
    return Opened(
        format=form,
        container=container,
        stream=stream,
        n_videos=len(videos),
        duration_ms=_duration_ms(container, stream),
        step_ms=_step_ms(stream.average_rate or stream.guessed_rate),
    )


def _codec(stream: VideoStream) -> str:
    """The decoder's name; a stream that FFmpeg has no decoder for has no context."""
    return getattr(stream.codec_context, "name", "")


def _size_refused(stream: VideoStream, limits: Limits) -> Refusal | None:
    n_pixels = stream.width * stream.height
    if n_pixels <= 0:
        return Refusal("zero_size", f"{stream.width} x {stream.height}")
    if n_pixels > limits.max_pixels:
        return Refusal("too_many_pixels", f"{stream.width} x {stream.height}")
    return None


def _duration_ms(container: InputContainer, stream: VideoStream) -> int | None:
    """The stream's own length, else the container's; None where neither is sensible."""
    claims = []
    if stream.duration and stream.time_base:
        claims.append(1000 * stream.duration * stream.time_base)
    if container.duration:
        claims.append(Fraction(container.duration, 1000))
    for claim in claims:
        if 0 < claim <= MAX_DURATION_MS:
            return int(claim)
    return None


def _step_ms(rate: Fraction | None) -> float:
    if not rate or rate <= 0:
        return 40.0
    return min(1000.0, max(10.0, float(1000 / rate)))
