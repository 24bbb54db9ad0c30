"""What examines files in the media lanes, by name; each is loaded where it is used alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from msgspec import Struct

from detectors import registry
from detectors.detector import Detector
from detectors.media import Examiner, File, Reader
from detectors.registry import Lists, UnknownDetector

if TYPE_CHECKING:
    from detectors.av_examiner import Heard
    from detectors.image.answers import Composer, Decoded
    from detectors.video.answers import Opened

LaneName = Literal["image", "av"]
T = TypeVar("T")


class Setup(Struct, frozen=True, kw_only=True):
    """What a lane's examiner loads: detectors by name, and the lists that they go by."""

    lane: LaneName
    names: tuple[str, ...]
    lists: Lists = Lists()
    threads: int = 1
    """Threads of a model."""


def _brand(setup: Setup) -> "Detector[Decoded]":
    from detectors.image.brand.detector import ImageBrand  # noqa: PLC0415

    return registry.given(
        "logos", setup.lists.logos, lambda path: ImageBrand(logos=path, threads=setup.threads)
    ) or ImageBrand(threads=setup.threads)


def _hash(setup: Setup) -> "Detector[Decoded]":
    from detectors.image.hash.detector import ImageHash  # noqa: PLC0415

    banks = setup.lists.banks
    return registry.given("banks", banks, lambda path: ImageHash(banks=path)) or ImageHash()


def _nsfw(setup: Setup) -> "Detector[Decoded]":
    from detectors.image.nsfw.detector import ImageNsfw  # noqa: PLC0415

    return ImageNsfw(setup.threads)


def _watermark(_: Setup) -> "Detector[Decoded]":
    from detectors.provenance.watermark import Watermark  # noqa: PLC0415

    return Watermark()


def _qr(_: Setup) -> "Reader[Decoded]":
    from detectors.image.qr.reader import ImageQr  # noqa: PLC0415

    return ImageQr()


def _ocr(setup: Setup) -> "Reader[Decoded]":
    from detectors.image.ocr.detector import ImageOcr  # noqa: PLC0415

    return ImageOcr(setup.threads)


def _poster(_: Setup) -> "Composer":
    from detectors.image.poster.detector import ImagePoster  # noqa: PLC0415

    return ImagePoster()


def _violence(setup: Setup) -> "Detector[Opened]":
    from detectors.video.violence import VideoViolence  # noqa: PLC0415

    return VideoViolence(setup.threads)


def _asr(setup: Setup) -> "Reader[Heard]":
    from detectors.audio.asr import AudioAsr  # noqa: PLC0415

    return AudioAsr(setup.threads)


def _provenance(setup: Setup) -> Detector[File]:
    from detectors.provenance.detector import Provenance  # noqa: PLC0415

    anchors = setup.lists.anchors
    found = registry.given("anchors", anchors, lambda path: Provenance(anchors=path))
    return found or Provenance()


OF_FILES: Final[dict[str, Callable[[Setup], Detector[File]]]] = {"media.provenance": _provenance}
"""Constructors of what judges a file's bytes, in both lanes."""

OF_PICTURES: Final[dict[str, Callable[[Setup], "Detector[Decoded]"]]] = {
    "image.brand": _brand,
    "image.hash": _hash,
    "image.nsfw": _nsfw,
    "image.watermark": _watermark,
}
"""Constructors of what judges pictures, and a clip's frames."""

READERS: Final[dict[str, Callable[[Setup], "Reader[Decoded]"]]] = {
    "image.ocr": _ocr,
    "image.qr": _qr,
}
"""Constructors of what reads pictures, and a clip's frames."""

COMPOSERS: Final[dict[str, Callable[[Setup], "Composer"]]] = {"image.poster": _poster}
"""Constructors of what judges a picture by what all others said of it, in the image lane."""

OF_CLIPS: Final[dict[str, Callable[[Setup], "Detector[Opened]"]]] = {"video.violence": _violence}
"""Constructors of what judges clips, in the av lane."""

LISTENERS: Final[dict[str, Callable[[Setup], "Reader[Heard]"]]] = {"audio.asr": _asr}
"""Constructors of what reads recordings and the sound of clips, in the av lane."""

_IN_BOTH: Final = frozenset((*OF_FILES, *OF_PICTURES, *READERS))
NAMES: Final[Mapping[LaneName, frozenset[str]]] = {
    "image": _IN_BOTH | {*COMPOSERS},
    "av": _IN_BOTH | {*OF_CLIPS, *LISTENERS},
}
"""All that each lane can run, besides an operator's classifiers."""


def load(setup: Setup) -> Examiner:
    """Loads a lane's examiner, with the classifiers of the lists' folder, if one is named.

    Raises UnknownDetector, ModelMismatch, ListUnreadable.
    """
    require_known(setup.names, setup.lane)
    of_files = _loaded(OF_FILES, setup)
    of_pictures = [*_loaded(OF_PICTURES, setup), *_classifiers(setup)]
    readers = _loaded(READERS, setup)
    if setup.lane == "image":
        from detectors.image.examiner import ImageExaminer  # noqa: PLC0415

        return ImageExaminer(of_files, of_pictures, readers, _loaded(COMPOSERS, setup))
    from detectors.av_examiner import AvExaminer  # noqa: PLC0415

    of_clips, listeners = _loaded(OF_CLIPS, setup), _loaded(LISTENERS, setup)
    return AvExaminer(of_files, of_pictures, readers, of_clips, listeners)


def require_known(names: Sequence[str], lane: LaneName) -> None:
    """Raises UnknownDetector for a name that the lane does not know."""
    for name in names:
        if name not in NAMES[lane]:
            there = ", ".join(sorted(NAMES[lane]))
            message = f"{name} is none of the {lane} lane's detectors; there are {there}"
            raise UnknownDetector(message)


def classifier_names(lists: Lists) -> frozenset[str]:
    """Gives the names of an operator's classifiers, without loading one. Raises ListUnreadable."""
    if lists.classifiers is None:
        return frozenset()
    from detectors.image.classifier import folder  # noqa: PLC0415

    return registry.given("classifiers", lists.classifiers, folder.names) or frozenset()


def _classifiers(setup: Setup) -> "Sequence[Detector[Decoded]]":
    folder = setup.lists.classifiers
    if folder is None:
        return ()
    from detectors.image.classifier.folder import load_folder  # noqa: PLC0415

    found = registry.given(
        "classifiers", folder, lambda path: load_folder(path, threads=setup.threads)
    )
    return found or ()


def _loaded(makers: Mapping[str, Callable[[Setup], T]], setup: Setup) -> list[T]:
    return [makers[name](setup) for name in setup.names if name in makers]
