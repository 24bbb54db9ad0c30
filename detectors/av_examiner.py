"""The av lane's examiner: a clip or a recording through everything that judges or reads it."""

import time
from collections.abc import Sequence
from typing import Final

from detectors.asking import UNJUDGED, Findings, any_judges
from detectors.audio import decode as audio
from detectors.audio.recording import Recording
from detectors.audio.recording import Refusal as NoRecording
from detectors.av_frames import Frames
from detectors.detector import Detector
from detectors.image.answers import Decoded
from detectors.media import Examination, File, Reader, Tell
from detectors.video.answers import Opened
from detectors.video.clip import Refusal as NoClip
from detectors.video.decode import open_clip

Heard = Recording | NoRecording
"""What decoding a recording gives: the part that a `Reader[Heard]` reads."""
CLIPS: Final = frozenset({"mp4", "mov", "webm", "mkv", "avi"})
"""Kinds of files that hold clips, whatever a product sends them as."""
HEARING: Final = "audio.decode"
SEEING: Final = "video.decode"
"""Names of the stages in which the file is decoded; unanswered where they did not get all of it."""


class AvExaminer:
    """Decodes a file's pictures and sound and asks everything of them.

    Detectors and readers of pictures see the frames that were sampled of a clip; readers of
    recordings hear the sound of both kinds.
    """

    def __init__(
        self,
        of_files: Sequence[Detector[File]],
        of_pictures: Sequence[Detector[Decoded]],
        readers: Sequence[Reader[Decoded]],
        of_clips: Sequence[Detector[Opened]],
        listeners: Sequence[Reader[Heard]],
    ) -> None:
        """Takes what is asked."""
        self._of_files = tuple(of_files)
        self._of_pictures = tuple(of_pictures)
        self._readers = tuple(readers)
        self._of_clips = tuple(of_clips)
        self._listeners = tuple(listeners)

    @property
    def detectors(self) -> tuple[str, ...]:
        """The ids of what is asked, in order."""
        return (
            *(one.card.id for one in self._of_files),
            *(one.card.id for one in self._of_pictures),
            *(one.card.id for one in self._readers),
            *(one.card.id for one in self._of_clips),
            *(one.card.id for one in self._listeners),
        )

    def examine(self, file: File, /, tell: Tell | None = None) -> Examination:
        """Gives what is said of a file.

        One without pictures leaves `video.*` unanswered, one without readable sound `audio.*`; a
        clip may be silent, and is looked at though it was sent as a recording. Where nothing that
        judges the file's own modality is loaded, this is unanswered too. Of which not all was seen
        or heard leaves `video.decode`, `audio.decode`.
        """
        found = Findings(tell=tell)
        for detector in self._of_files:
            found.ask(detector, file, name=file.name)
        frames = self._look(file, found) if file.modality == "video" or _is_clip(file) else None
        self._listen(file, found)
        # Reading is slowest, and goes last: what else was said stands if time runs out.
        if frames is not None:
            for reader in self._readers:
                frames.read(reader, found)
        return found.examination()

    def _look(self, file: File, found: Findings) -> Frames | None:
        started_s = time.perf_counter()
        clip = open_clip(file.content, name=file.name)
        found.spend(SEEING, time.perf_counter() - started_s)
        if isinstance(clip, NoClip):
            if file.modality == "audio":
                return None
            found.miss("video.*", file.name, f"{clip.reason}: {clip.detail}")
            return None
        for one in self._of_clips:
            found.ask(one, clip, name=file.name)
        if clip.unseen:
            found.miss(SEEING, file.name, clip.unseen)
        judges = (*(one.card for one in self._of_clips), *(one.card for one in self._of_pictures))
        is_judged = any_judges([*judges, *(one.card for one in self._readers)])
        if file.modality == "video" and not is_judged:
            found.miss("video.*", file.name, UNJUDGED)
        frames = Frames(clip)
        for judge in self._of_pictures:
            frames.ask(judge, found)
        return frames

    def _listen(self, file: File, found: Findings) -> None:
        if not self._listeners:
            if file.modality == "audio":
                found.miss("audio.*", file.name, UNJUDGED)
            return
        started_s = time.perf_counter()
        heard = audio.decode(file.content, name=file.name)
        found.spend(HEARING, time.perf_counter() - started_s)
        if isinstance(heard, NoRecording):
            if file.modality == "audio" or heard.reason != "no_audio":
                found.miss("audio.*", file.name, f"{heard.reason}: {heard.detail}")
            return
        if heard.unread:
            found.miss(HEARING, file.name, heard.unread)
        for listener in self._listeners:
            found.read(listener, heard, name=file.name)


def _is_clip(file: File) -> bool:
    """Whether a recording's container is one of clips."""
    return file.kind in CLIPS
