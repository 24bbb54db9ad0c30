"""What a file is, by its first bytes, and its sound track; no sample is decoded here."""

from io import BytesIO
from typing import TYPE_CHECKING, Final

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from detectors.audio.recording import Format, Limits, Refusal

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

_FIRST_BYTES: Final[tuple[tuple[bytes, Format], ...]] = (
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"#!AMR", "amr"),
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"caff", "caf"),
)
_RIFF: Final[dict[bytes, Format]] = {b"WAVE": "wav", b"AVI ": "avi"}
_FORM: Final[dict[bytes, Format]] = {b"AIFF": "aiff", b"AIFC": "aiff"}
_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
"""What an MP4 or QuickTime file may begin with."""
_REFUSED: Final = (
    (b"#EXTM3U", "a playlist"),
    (b"[playlist]", "a playlist"),
    (b"ffconcat", "a playlist"),
    (b"v=0", "SDP"),
    (b"<", "XML"),
    (b"MThd", "MIDI"),
    (b".snd", "Sun audio"),
    (b"0&\xb2u\x8ef\xcf\x11", "ASF"),
    (b"FLV", "Flash"),
    (b".RMF", "RealMedia"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
)
_ID3_BYTES: Final = 10
_UNKNOWN_SIZE: Final = 0xFFFFFF00
_MPEG_SYNC: Final = 0xFFE0
_ADTS_MASK: Final = 0xFFF6
_ADTS_SYNC: Final = 0xFFF0
"""Twelve bits set, layer 0."""
_DEMUXERS: Final[dict[Format, str]] = {
    "wav": "wav", "mp3": "mp3", "ogg": "ogg", "flac": "flac", "mp4": "mov", "aac": "aac",
    "amr": "amr", "matroska": "matroska", "avi": "avi", "aiff": "aiff", "caf": "caf",
}  # fmt: skip
_OPTIONS: Final = {
    "max_streams": "64",
    "probesize": "1000000",
    "analyzeduration": "2000000",
    "protocol_whitelist": "",
}
_MOV_OPTIONS: Final = {"enable_drefs": "0", "use_absolute_path": "0"}
"""FFmpeg's defaults, written out: no QuickTime file may name another file."""
_CODECS: Final = frozenset(
    {"mp3", "mp3float", "mp2", "mp2float", "aac", "aac_fixed", "opus", "libopus", "vorbis",
     "libvorbis", "flac", "alac", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "ac3",
     "eac3"}
)  # fmt: skip
_CODEC_FAMILIES: Final = ("pcm_", "adpcm_")


def sniff(content: bytes) -> Format | Refusal:
    """Names the format by the first bytes."""
    if not content:
        return Refusal("empty", "no bytes")
    found = _boxed(content) or _framed(content)
    if found is not None:
        return found
    for start, known in _REFUSED:
        if content.startswith(start):
            return Refusal("format_refused", known)
    return Refusal("not_audio", "the first bytes are of no audio or video format")


def _boxed(content: bytes) -> Format | None:
    """The format of a file that begins with a name of its own."""
    for start, name in _FIRST_BYTES:
        if content.startswith(start):
            return name
    if content.startswith((b"RIFF", b"RF64")):
        return _RIFF.get(content[8:12])
    if content.startswith(b"FORM"):
        return _FORM.get(content[8:12])
    return "mp4" if content[4:8] in _BOXES else None


def _framed(content: bytes) -> Format | None:
    """The format of a file that begins with a frame of MPEG audio, or with a tag before it.

    An ID3 tag's length is written in seven bits a byte.
    """
    at = 0
    if content.startswith(b"ID3"):
        for one in content[6:_ID3_BYTES]:
            at = at << 7 | one & 0x7F
        at += _ID3_BYTES
    behind = int.from_bytes(content[at : at + 2])
    if content[at : at + 4] == b"fLaC":
        return "flac"
    if behind & _ADTS_MASK == _ADTS_SYNC:
        return "aac"
    return "mp3" if at or behind & _MPEG_SYNC == _MPEG_SYNC else None


def is_cut(content: bytes, found: Format) -> bool:
    """Whether a RIFF or AIFF file is shorter than its outermost chunk says.

    Libav reads such files to their end and says nothing. Recorders that stream leave the largest
    number there, or none.
    """
    if found not in {"wav", "avi", "aiff"} or content.startswith(b"RF64"):
        return False
    size = int.from_bytes(content[4:8], "big" if found == "aiff" else "little")
    return len(content) - 8 < size < _UNKNOWN_SIZE


def open_container(content: bytes, found: Format) -> InputContainer | Refusal:
    """Opens a file with the one demuxer of its format, which reads nothing but these bytes."""
    options = {**_OPTIONS, **(_MOV_OPTIONS if found == "mp4" else {})}
    try:
        return av.open(
            BytesIO(content),
            mode="r",
            format=_DEMUXERS[found],
            options=options,
            metadata_errors="ignore",
        )
    except MemoryError:
        return Refusal("out_of_memory", "while reading the header")
    except Exception as error:  # noqa: BLE001 - whatever libav's parsers raise on hostile bytes
        return Refusal("header_corrupt", type(error).__name__)


def sound_track(container: InputContainer, limits: Limits) -> AudioStream | Refusal:
    """Gives the first sound track whose codec, rate and channels are within the limits."""
    refusal = Refusal("no_audio", "no sound track")
    for stream in container.streams.audio:
        found = _refused(stream, limits)
        if found is None:
            return stream
        refusal = found
    return refusal


def n_tracks(container: InputContainer) -> int:
    """Gives how many sound tracks there are that anything could play: libav knows a decoder."""
    return sum(one.codec_context is not None for one in container.streams.audio)


def _refused(stream: AudioStream, limits: Limits) -> Refusal | None:
    codec: AudioCodecContext | None = stream.codec_context
    if codec is None:  # libav knows no decoder
        return Refusal("codec_refused", "an unknown codec")
    if codec.name not in _CODECS and not codec.name.startswith(_CODEC_FAMILIES):
        return Refusal("codec_refused", "a codec that is not decoded here")
    if not limits.min_rate_hz <= codec.sample_rate <= limits.max_rate_hz:
        cause = f"{codec.sample_rate} Hz, {limits.min_rate_hz} to {limits.max_rate_hz} are taken"
        return Refusal("rate_refused", cause)
    if not 1 <= codec.channels <= limits.max_channels:
        cause = f"{codec.channels} channels, at most {limits.max_channels}"
        return Refusal("channels_refused", cause)
    return None
