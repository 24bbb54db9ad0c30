"""All hostile files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from schemas.labels import MediaModality
from tests.hostile import clips, jpeg, mp4, pictures, png, recordings, wav
from tests.hostile.file import HostileFile, Recipes, made

GROUPS: Final[Mapping[MediaModality, Sequence[Recipes]]] = {
    "image": (png.RECIPES, jpeg.RECIPES, pictures.GIF_AND_WEBP, pictures.OTHERS),
    "video": (mp4.RECIPES, clips.MATROSKA_AND_AVI, clips.OTHERS),
    "audio": (wav.RECIPES, recordings.MP3, recordings.OGG_AND_FLAC, recordings.OTHERS),
}


def files(*modalities: MediaModality) -> Iterator[HostileFile]:
    """Gives the files of these modalities, all if none is named. Each is made when its turn comes.

    The largest is 40 MB.
    """
    for modality in modalities or GROUPS:
        yield from made(modality, GROUPS[modality])


def n_files(modality: MediaModality) -> int:
    """Gives how many there are."""
    return sum(map(len, GROUPS[modality]))
