"""The fight / no fight clips of `fight_surveillance_video`, and which come from one source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

FOLDER: Final = "fight_surveillance_video"
LABELS: Final = {"fight": 1, "noFight": 0}
UNLISTED: Final = "unlisted"
"""Source of the clips that `videos.txt` does not list: five places, taken as one."""


class Source(Struct, frozen=True, kw_only=True):
    """A clip's file. Clips of one `origin` are cut from one video, or from some that share one."""

    id: str
    origin: str
    is_fight: bool
    path: Path


def sources(data: Path) -> list[Source]:
    """Gives the clips, by id. Raises OSError where the data set is not there."""
    folder = data / FOLDER
    origin = origins((folder / "videos.txt").read_text(encoding="utf-8"))
    found = [
        Source(
            id=path.stem,
            origin=origin.get(path.stem, UNLISTED),
            is_fight=bool(label),
            path=path,
        )
        for name, label in LABELS.items()
        for path in (folder / name).glob("*.mp4")
    ]
    return sorted(found, key=lambda one: one.id)


def origins(listing: str) -> dict[str, str]:
    """Gives each listed clip's origin: its video, or the first of those that name one clip."""
    parent: dict[str, str] = {}
    origin: dict[str, str] = {}
    for video, clip in _pairs(listing):
        parent.setdefault(video, video)
        if clip in origin:
            parent[_root(parent, video)] = _root(parent, origin[clip])
        else:
            origin[clip] = video
    return {clip: _root(parent, video) for clip, video in origin.items()}


def _pairs(listing: str) -> Iterator[tuple[str, str]]:
    video = UNLISTED
    for line in listing.splitlines():
        text = line.strip()
        if text.startswith("http"):
            video = text
        elif ":" in text:
            yield video, text.partition(":")[0]


def _root(parent: dict[str, str], video: str) -> str:
    while parent[video] != video:
        video = parent[video]
    return video
