"""Pictures, voice notes and clips of the demo: finished files, and what is known of each."""

from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.events import Media
from schemas.labels import Label, MediaModality, Surface

FOLDER: Final = Path(__file__).parent / "media"
MANIFEST: Final = "manifest.json"

Kind = Literal["poster", "code", "lookalike", "token", "picture", "voice", "clip"]
"""What a file is: a scam poster, a poster with a QR code, a token's logo like a protected one, an
original logo, any other picture, a voice note, a video."""


class DemoFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the demo and what it was made to be."""

    file: str
    """Name within `FOLDER`."""
    kind: Kind
    modality: MediaModality
    sha256: str
    n_bytes: int
    shows: str
    lang: str | None = None
    """Of its words, written or spoken; None where it has none."""
    labels: tuple[Label, ...] = ()
    """What it violates, known because it was made so; none: harmless."""
    says: str = ""
    """Its words, or a code's payload."""
    surface: Surface
    """The product that it suits."""

    def suits(self, surface: Surface) -> bool:
        """Whether it may be attached there; posts' pictures are shown in chats and by AIs too."""
        if self.surface == "square":
            return surface == "square" or (self.modality == "image" and surface != "memerush")
        return surface == self.surface

    def media(self) -> Media:
        """Gives it as an event names it."""
        return Media(uri=self.path.as_uri(), modality=self.modality, sha256=self.sha256)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return FOLDER / self.file


def load(folder: Path = FOLDER) -> tuple[DemoFile, ...]:
    """Gives what the manifest lists, in its order. Raises OSError, msgspec.ValidationError."""
    content = (folder / MANIFEST).read_bytes()
    return msgspec.json.decode(content, type=tuple[DemoFile, ...])
