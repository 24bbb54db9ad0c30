"""What examines files in the media lanes, by name; each is loaded where it is used alone."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from msgspec import Struct

from detectors import registry
from detectors.detector import Detector
from detectors.media import Examiner, File, Reader
from detectors.registry import Lists, UnknownDetector

if TYPE_CHECKING:
    from detectors.image.answers import Decoded

LaneName = Literal["image", "av"]
T = TypeVar("T")


class Setup(Struct, frozen=True, kw_only=True):
    """What a lane's examiner loads: detectors by name, and the lists that they go by."""

    lane: LaneName
    names: tuple[str, ...]
    lists: Lists = Lists()
    threads: int = 1
    """Threads of a model."""


def _hash(setup: Setup) -> "Detector[Decoded]":
    from detectors.image.hash.detector import ImageHash  # noqa: PLC0415

    banks = setup.lists.banks
    return registry.given("banks", banks, lambda path: ImageHash(banks=path)) or ImageHash()


def _qr(_: Setup) -> "Reader[Decoded]":
    from detectors.image.qr.reader import ImageQr  # noqa: PLC0415

    return ImageQr()


OF_FILES: Final[dict[str, Callable[[Setup], Detector[File]]]] = {}
"""Constructors of what judges a file's bytes, in both lanes."""

OF_PICTURES: Final[dict[str, Callable[[Setup], "Detector[Decoded]"]]] = {
    "image.hash": _hash,
}
"""Constructors of what judges pictures, and a clip's frames."""

READERS: Final[dict[str, Callable[[Setup], "Reader[Decoded]"]]] = {"image.qr": _qr}
"""Constructors of what reads pictures, and a clip's frames."""


def names_of(lane: LaneName) -> frozenset[str]:
    """Gives the names of all that a lane can run."""
    del lane
    return frozenset((*OF_FILES, *OF_PICTURES, *READERS))


def load(setup: Setup) -> Examiner:
    """Loads a lane's examiner. Raises UnknownDetector, ModelMismatch, ListUnreadable."""
    require_known(setup.names, setup.lane)
    from detectors.image.examiner import ImageExaminer  # noqa: PLC0415

    return ImageExaminer(
        _loaded(OF_FILES, setup), _loaded(OF_PICTURES, setup), _loaded(READERS, setup)
    )


def require_known(names: Sequence[str], lane: LaneName) -> None:
    """Raises UnknownDetector for a name that the lane does not know."""
    known = names_of(lane)
    for name in names:
        if name not in known:
            message = f"{name} is none of the {lane} lane's; there are {', '.join(sorted(known))}"
            raise UnknownDetector(message)


def _loaded(makers: dict[str, Callable[[Setup], T]], setup: Setup) -> list[T]:
    return [makers[name](setup) for name in setup.names if name in makers]
