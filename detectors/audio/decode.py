"""Bytes into a recording or a named reason: never an exception, in bounded memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from msgspec.structs import replace

from detectors.audio.gathering import Gatherer, RefusedFrame
from detectors.audio.header import is_cut, n_tracks, open_container, sniff, sound_track
from detectors.audio.loudness import SILENCE_DB, levelled, loudness
from detectors.audio.recording import Format, Limits, Recording, Refusal

if TYPE_CHECKING:
    from av.packet import Packet

_DEFAULT: Final = Limits()
_MAX_BAD_PACKETS: Final = 200
_MISSING_MS: Final = 1_000
"""A file that ends so much earlier than it says is truncated."""
_APPROACH_MS: Final = 20_000
"""What may be decoded on the way to a window, where seeking lands before it."""


def decode(content: bytes, *, name: str, limits: Limits = _DEFAULT) -> Recording | Refusal:
    """Gives the recording in an audio file, or the sound track of a video, or why there is none.

    Depends on nothing but its arguments, so it can run in a process of its own. Blocks. Opens no
    other file or address, whatever the content says. Decodes at most `head_ms` and the windows
    behind it, so neither memory nor time grow with the length that a file claims; a damaged file
    gives what of it can be read.

    Args:
        content: The file.
        name: The media part's name.
        limits: What the file may cost.
    """
    if len(content) > limits.max_bytes:
        return Refusal("too_many_bytes", f"{len(content)} bytes, at most {limits.max_bytes}")
    found = sniff(content)
    if isinstance(found, Refusal):
        return found
    container = open_container(content, found)
    if isinstance(container, Refusal):
        return container
    with container:
        decoded = _decoded(container, found, name, limits)
    if isinstance(decoded, Recording) and is_cut(content, found):
        return replace(decoded, is_truncated=True)
    return decoded


def _decoded(
    container: InputContainer, found: Format, name: str, limits: Limits
) -> Recording | Refusal:
    try:
        track = sound_track(container, limits)
        if isinstance(track, Refusal):
            return track
        return _Reading(container, track, limits).recording(name, found)
    except MemoryError:
        return Refusal("out_of_memory", "while decoding")
    except Exception as error:  # noqa: BLE001 - whatever else libav raises on hostile bytes
        return Refusal("samples_corrupt", type(error).__name__)


class _Reading:
    """One pass over a file: its head, then windows of what lies behind."""

    def __init__(self, container: InputContainer, track: AudioStream, limits: Limits) -> None:
        self._container = container
        self._track = track
        self._limits = limits
        self._gatherer = Gatherer(limits)
        self._n_bad = 0
        self._origin_ms = (container.start_time or 0) // 1000
        self._declared_ms = _declared_ms(container, track)

    def recording(self, name: str, found: Format) -> Recording | Refusal:
        """Reads, and gives the recording or why there is none."""
        is_ended = self._read(0, self._limits.head_ms)
        last_ms = self._gatherer.end_ms
        is_partial = not is_ended
        if is_partial:
            last_ms = self._read_windows(last_ms)
        samples, stretches = self._gatherer.gathered()
        if not samples.size:
            is_bad = self._n_bad > 0
            return (
                Refusal("samples_corrupt", "no frame can be decoded")
                if is_bad
                else Refusal("zero_length", "a sound track without samples")
            )
        level = loudness(samples)
        is_silent = level < SILENCE_DB
        is_short = not is_partial and self._declared_ms > last_ms + _MISSING_MS
        return Recording(
            name=name,
            format=found,
            samples=samples if is_silent else levelled(samples, level),
            stretches=stretches,
            duration_ms=max(self._declared_ms, last_ms) if is_partial else last_ms,
            loudness=level,
            is_silent=is_silent,
            is_clipped=self._gatherer.is_clipped,
            is_partial=is_partial,
            is_truncated=is_short or self._n_bad > 0,
            n_unheard=n_tracks(self._container) - 1,
        )

    def _read_windows(self, from_ms: int) -> int:
        """Reads windows evenly spread behind `from_ms`; gives where the last one ended."""
        limits = self._limits
        rest_ms = self._declared_ms - limits.window_ms - from_ms
        for number in range(limits.n_windows if rest_ms > 0 else 0):
            start_ms = from_ms + rest_ms * (number + 1) // limits.n_windows
            if start_ms < self._gatherer.end_ms:
                continue
            try:
                self._container.seek(
                    (start_ms + self._origin_ms) * av.time_base // 1000, backward=True
                )
            except Exception:  # noqa: BLE001 - a file that cannot be sought gives its head
                break
            self._gatherer.end()
            self._read(start_ms, limits.window_ms)
        return self._gatherer.end_ms

    def _read(self, start_ms: int, length_ms: int) -> bool:
        """Gathers so much from `start_ms` on; tells whether the file ended."""
        skipped_ms = 0
        n_packets = 0
        for packet in self._packets():
            n_packets += 1
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                self._n_bad += 1
                if self._n_bad > _MAX_BAD_PACKETS:
                    return True
                continue
            for frame in frames:
                at_ms = None if frame.time is None else round(frame.time * 1000) - self._origin_ms
                if at_ms is not None and start_ms and at_ms < start_ms:
                    skipped_ms += frame.samples * 1000 // max(1, frame.sample_rate)
                    if skipped_ms > _APPROACH_MS:
                        return False
                    continue
                try:
                    self._gatherer.add(frame, at_ms)
                except RefusedFrame:
                    self._n_bad += 1
                    return True
                if self._gatherer.end_ms - start_ms >= length_ms:
                    return False
        return True

    def _packets(self) -> Iterator["Packet[AudioStream]"]:
        """The track's packets; where the container is broken, or changes its mind, they end."""
        try:
            yield from self._container.demux(self._track)
        except MemoryError:
            raise
        except av.FFmpegError:
            self._n_bad += 1


def _declared_ms(container: InputContainer, track: AudioStream) -> int:
    """How long the file says the track is; 0 where it does not say.

    A container's own figure counts where the track is alone: else it is the longest track's.
    """
    if track.duration and track.time_base:
        return max(0, int(track.duration * track.time_base * 1000))
    is_alone = len(container.streams) == 1
    return max(0, container.duration or 0) // 1000 if is_alone else 0
