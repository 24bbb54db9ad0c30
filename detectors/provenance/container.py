"""Tags of video and audio files, as FFmpeg reads them: MP4, MOV, WebM, MP3, WAV, Ogg, FLAC."""

import io
from collections.abc import Iterator
from typing import Final

import av
from av.error import FFmpegError

from detectors.provenance.claim import MAX_FIELD_CHARS, MAX_FIELDS, Field, Role

_ROLES: Final[dict[str, Role]] = {
    "encoder": "software",
    "encoded_by": "software",
    "encoded-by": "software",
    "software": "software",
    "creation_tool": "software",
    "tsse": "software",
    "tenc": "software",
    "isft": "software",
    "handler_name": "software",
    "vendor_id": "software",
    "com.apple.quicktime.software": "software",
    "com.apple.quicktime.make": "software",
    "make": "software",
    "artist": "credit",
    "album_artist": "credit",
    "author": "credit",
    "copyright": "credit",
    "publisher": "credit",
}
"""By name in small letters; all others may hold anything."""


def fields(content: bytes) -> Iterator[Field]:
    """Gives the tags of a recording and its streams; nothing of what FFmpeg cannot open."""
    try:
        with av.open(io.BytesIO(content), metadata_errors="replace") as opened:
            given = [dict(opened.metadata), *(dict(one.metadata) for one in opened.streams)]
    except (FFmpegError, OSError, ValueError, EOFError):
        return
    n_found = 0
    for tags in given:
        for name, text in tags.items():
            n_found += 1
            if n_found > MAX_FIELDS:
                return
            role = _ROLES.get(name.lower(), "text")
            yield Field(f"tag:{name[:40]}", role, text[:MAX_FIELD_CHARS])
