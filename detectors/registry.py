"""The detectors that exist, by name."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from detectors.canary import Canary
from detectors.detector import Context, Detector
from detectors.null import Null
from detectors.refresh import Followed
from detectors.text.entities import lists as entity_lists
from detectors.text.entities.detector import Entities
from detectors.text.generation.detector import Generation
from detectors.text.links import brands
from detectors.text.links.detector import Links
from detectors.text.links.store import Store, StoreInvalid
from detectors.text.risk.cache import DEFAULT_ENTRIES
from detectors.text.risk.detector import OnLookups, TextRisk
from detectors.token_facts import TokenFacts
from schemas.content import TextPart

T = TypeVar("T")
P = TypeVar("P")


MIN_CANARY: Final = 8
"""Characters; shorter ones occur by chance."""


class UnknownDetector(ValueError):
    """No detector has that name."""


class ListUnreadable(ValueError):
    """A list that an operator named cannot be used; the message says which file and why."""

    def __init__(self, which: str, message: str) -> None:
        """Takes the list's name in Lists beside the message."""
        super().__init__(message)
        self.which = which


class Lists(Struct, frozen=True, kw_only=True):
    """The files of lists that detectors go by; None is what ships."""

    links: Path | None = None
    """Store of blocked and allowed sites; followed while running."""
    brands: Path | None = None
    """Names whose look-alikes `text.links` finds."""
    addresses: Path | None = None
    """Wallet addresses to flag; followed while running."""
    names: Path | None = None
    """Organisations that nobody may claim to speak for."""
    tokens: Path | None = None
    """Tokens that no launch may pass itself off as."""
    canaries: Path | None = None
    """Strings that stand in an operator's own instructions to AIs alone."""
    banks: Path | None = None
    """Folder of banks of known pictures; followed while running."""
    logos: Path | None = None
    """Folder or index of logos that no picture may look like; followed while running."""
    anchors: Path | None = None
    """Certificates whose signatures of a file's origin (C2PA) are trusted."""
    classifiers: Path | None = None
    """Folder of further classifiers of pictures, a card and an ONNX file each."""


class Choices(Struct, frozen=True, kw_only=True):
    """What whoever runs detectors chooses about all of them."""

    threads: int
    """Batches that a model judges at the same time, each on one thread."""
    has_early_exit: bool = True
    """Whether a model's upper layers are spared plainly harmless content."""
    n_cached: int = DEFAULT_ENTRIES
    """Most texts whose scores a detector keeps; 0 keeps none."""
    on_lookups: OnLookups | None = None
    """Told of a detector's id and of the hits and misses in its cache, after each batch."""
    lists: Lists = Lists()


def _text_risk(choices: Choices) -> TextRisk:
    return TextRisk(
        threads=choices.threads,
        has_early_exit=choices.has_early_exit,
        n_cached=choices.n_cached,
        on_lookups=choices.on_lookups,
    )


def _links(choices: Choices) -> Links:
    store, brand_file = choices.lists.links, choices.lists.brands
    given("links", store, Store.open)
    given("brands", brand_file, brands.read)
    return Links(store=store, brand_file=brand_file or brands.BRANDS_FILE)


def _entities(choices: Choices) -> Entities:
    files = choices.lists
    followed = given(
        "addresses", files.addresses, lambda path: Followed(path, entity_lists.read_addresses)
    )
    return Entities(
        listed=None if followed is None else followed.current,
        names=given("names", files.names, entity_lists.read_names),
        protected=given("tokens", files.tokens, entity_lists.read_tokens),
    )


def _generation(choices: Choices) -> Generation:
    canaries = given("canaries", choices.lists.canaries, read_canaries)
    return Generation(canaries=canaries or ())


def read_canaries(path: Path) -> tuple[str, ...]:
    """Gives the canaries in a file, one a line. Raises OSError, ValueError."""
    lines = path.read_text(encoding="utf-8").splitlines()
    canaries = tuple(line.strip() for line in lines if line.strip() and line[0] != "#")
    short = next((n for n, one in enumerate(canaries, 1) if len(one) < MIN_CANARY), None)
    if short is not None:
        message = f"canary {short} has fewer than {MIN_CANARY} characters"
        raise ValueError(message)
    return canaries


def given(which: str, path: Path | None, read: Callable[[Path], T]) -> T | None:
    """Gives what a file holds, None where none is named. Raises ListUnreadable."""
    if path is None:
        return None
    try:
        return read(path)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        cause = cause.removeprefix(f"{path.name}: ").removeprefix(f"{path.name}, ")
        if isinstance(error, StoreInvalid):
            cause += "; `python -m detectors.text.links build` makes a store of lists"
        message = f"{path}: {cause}"
        raise ListUnreadable(which, message) from error


TEXT_DETECTORS: Final[dict[str, Callable[[Choices], Detector[TextPart]]]] = {
    "text.canary": lambda _: Canary(),
    "text.entities": _entities,
    "text.generation": _generation,
    "text.links": _links,
    "text.null": lambda _: Null(),
    "text.risk": _text_risk,
}
"""Constructors of what judges texts, by name."""

CONTEXT_DETECTORS: Final[dict[str, Callable[[Choices], Detector[Context]]]] = {
    "token.facts": lambda _: TokenFacts(),
}
"""Constructors of what judges an item by its context, by name."""

LISTED: Final = frozenset({"text.entities", "text.generation", "text.links"})
"""Those that go by lists; they load within a fraction of a second."""

MEDIA_NAMES: Final = frozenset(
    {
        "audio.asr",
        "image.brand",
        "image.hash",
        "image.nsfw",
        "image.ocr",
        "image.poster",
        "image.qr",
        "image.watermark",
        "media.provenance",
        "video.violence",
    }
)
"""Those of the media lanes (`detectors.examiners`), which load in processes of their own."""

NAMES: Final = frozenset((*TEXT_DETECTORS, *CONTEXT_DETECTORS, *MEDIA_NAMES))
"""All that a policy may name, besides an operator's classifiers."""

FAST_NAMES: Final = frozenset((*TEXT_DETECTORS, *CONTEXT_DETECTORS))
"""Those of the fast lane."""


def load(
    names: Sequence[str],
    *,
    threads: int,
    has_early_exit: bool = True,
    n_cached: int = DEFAULT_ENTRIES,
    on_lookups: OnLookups | None = None,
    lists: Lists = Lists(),  # noqa: B008 - frozen
) -> list[Detector[TextPart]]:
    """Loads those of the named detectors that judge texts, in the order named.

    Raises UnknownDetector, also where none of them does; ModelMismatch, ListUnreadable.
    """
    choices = Choices(
        threads=threads,
        has_early_exit=has_early_exit,
        n_cached=n_cached,
        on_lookups=on_lookups,
        lists=lists,
    )
    _require_known(names)
    _require_reader(names)
    return _load(names, TEXT_DETECTORS, choices)


def load_contexts(names: Sequence[str], *, threads: int = 1) -> list[Detector[Context]]:
    """Loads those of the named detectors that judge contexts. Raises UnknownDetector."""
    _require_known(names)
    return _load(names, CONTEXT_DETECTORS, Choices(threads=threads))


def check(names: Sequence[str], lists: Lists) -> None:
    """Raises what `load` would of these names and their lists, without loading `text.risk`."""
    _require_known(names)
    _require_reader(names)
    wanted = [name for name in names if name in LISTED]
    _load(wanted, TEXT_DETECTORS, Choices(threads=1, lists=lists))


def _require_known(names: Sequence[str]) -> None:
    for name in names:
        if name not in FAST_NAMES:
            message = f"{name} is not a detector; there are {', '.join(sorted(FAST_NAMES))}"
            raise UnknownDetector(message)


def _require_reader(names: Sequence[str]) -> None:
    if names and not any(name in TEXT_DETECTORS for name in names):
        message = f"{', '.join(names)} reads no text"
        raise UnknownDetector(message)


def _load(
    names: Sequence[str],
    makers: Mapping[str, Callable[[Choices], Detector[P]]],
    choices: Choices,
) -> list[Detector[P]]:
    return [makers[name](choices) for name in names if name in makers]
