"""What one fetch, and all of them together, may take."""

from pathlib import Path
from typing import Annotated, Self

from msgspec import Meta, Struct
from msgspec.structs import replace

from schemas.labels import MediaModality

MIB = 1024 * 1024

Bytes = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0.0)]
Port = Annotated[int, Meta(ge=1, le=65_535)]


class Limits(Struct, frozen=True, kw_only=True):
    """The limits of a Fetcher. Of each file in hand its bytes are held, twice while it arrives.

    Attributes:
        is_http_allowed: Whether `http` is fetched too, from port 80 and `ports`.
        ports: Ports that an address may name.
        files_root: Folder under which `file` addresses may lie; None: there are none.
        url_length: Longest address, characters; also of a redirect.
        image_bytes: Largest image.
        video_bytes: Largest video.
        audio_bytes: Largest audio file.
        deadline_s: Longest time for one fetch, redirects and further attempts included. Waiting for
            a place is not: that may last until the deadline that `fetch` is given.
        connect_s: Longest time for a connection and its TLS handshake.
        answer_s: Longest time from the first look at a name to the file's first byte.
        idle_s: Longest time without a byte.
        least_bytes_s: Slowest that a file may arrive, bytes a second, on average, once `idle_s` has
            passed: a server that drips must not hold a place for the whole deadline.
        n_attempts: Most attempts. One whose connection ends before an answer counts once but asks
            twice: the client takes it for a kept connection that had grown old.
        backoff_s: Pause before the second attempt; twice as long before each that follows. Up to
            as much again is added by chance.
        n_redirects: Most redirects of one attempt.
        n_headers: Most headers of a response.
        header_bytes: Longest header line.
        n_at_once: Most fetches at once; the others wait.
        n_per_site: Most at once from one registered domain or IP address.
        keep_s: How long an unused connection is kept for the next file.
    """

    is_http_allowed: bool = False
    ports: tuple[Port, ...] = (443,)
    files_root: Path | None = None
    url_length: Count = 4_000
    image_bytes: Bytes = 20 * MIB
    video_bytes: Bytes = 100 * MIB
    audio_bytes: Bytes = 50 * MIB
    deadline_s: Seconds = 20.0
    connect_s: Seconds = 5.0
    answer_s: Seconds = 8.0
    idle_s: Seconds = 4.0
    least_bytes_s: Annotated[int, Meta(ge=0)] = 16 * 1024
    n_attempts: Count = 3
    backoff_s: Annotated[float, Meta(ge=0.0)] = 0.25
    n_redirects: Annotated[int, Meta(ge=0)] = 5
    n_headers: Count = 100
    header_bytes: Bytes = 8 * 1024
    n_at_once: Count = 32
    n_per_site: Count = 8
    keep_s: Seconds = 5.0

    def sizes(self) -> dict[MediaModality, int]:
        """Gives the largest size of each modality, bytes."""
        return {"image": self.image_bytes, "video": self.video_bytes, "audio": self.audio_bytes}

    def wanting(self, modality: MediaModality) -> Self:
        """Gives these limits where a file of one modality is wanted: none may be larger than it."""
        most = self.sizes()[modality]
        return replace(
            self,
            image_bytes=min(self.image_bytes, most),
            video_bytes=min(self.video_bytes, most),
            audio_bytes=min(self.audio_bytes, most),
        )
