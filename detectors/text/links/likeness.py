"""Look-alikes of protected names: how a host resembles one without being its own."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct
from rapidfuzz import process
from rapidfuzz.distance import OSA

from detectors.text.links.brands import Brand, Brands
from detectors.text.links.hosts import Host

Kind = Literal["letters", "inside", "signs", "typo", "combined", "subdomain", "ending"]
"""letters: written in another script's look-alikes (`bіnance` with a Cyrillic letter).
inside: a whole domain of the name within another (`brand.com.evil.test`, `brand-com.test`).
signs: digits and pairs for letters (`b1nance`, `rn` for `m`). typo: one letter off, two in long
names. combined: the name and more (`brand-support.test`). subdomain: the name left of another
domain. ending: the name itself under another top-level domain."""
KINDS: Final[tuple[Kind, ...]] = (
    "letters",
    "inside",
    "signs",
    "typo",
    "combined",
    "subdomain",
    "ending",
)
_SPLIT: Final = re.compile(r"[-._]")
_MIN_TYPO: Final = 5
_MIN_TYPO_WORD: Final = 7
_TWO_OFF: Final = 9
_MIN_WITHIN: Final = 7
_MIN_AFFIX: Final = 5
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))
_SIGNS: Final = str.maketrans("0134578", "oieastb")
_SLIM: Final = str.maketrans("lj", "ii")


class Likeness(Struct, frozen=True):
    """What a host resembles, and how."""

    brand: str
    kind: Kind
    part: str
    """The label or word of the host that does."""


class Watch:
    """Finds look-alikes of the names in a brand file."""

    def __init__(self, brands: Brands) -> None:
        self._brands: dict[str, Brand] = {
            word: brand for brand in brands.brands for word in brand.words
        }
        self._own = frozenset(domain for brand in brands.brands for domain in brand.domains)
        self._lures = brands.lures
        self._ordinary = brands.ordinary
        self._words = sorted(self._brands, key=len, reverse=True)
        self._plain = [word for word in self._words if len(word) >= _MIN_TYPO]
        self._signs = {_without_signs(word): word for word in self._words if len(word) > 3}  # noqa: PLR2004
        self._inside = {
            form: brand
            for brand in brands.brands
            for domain in brand.domains
            for form in (domain.replace(".", "-"), domain.replace(".", ""))
        }

    def is_own(self, host: Host) -> bool:
        """Whether the host belongs to a protected name."""
        labels = host.name.split(".")
        return any(".".join(labels[at:]) in self._own for at in range(max(1, len(labels) - 1)))

    def likeness(self, host: Host) -> Likeness | None:
        """The protected name that a host resembles; the most telling kind."""
        if host.is_ip or self.is_own(host):
            return None
        if host.looks_like is not None:
            found = self._letters(host.looks_like)
            if found is not None:
                return found
        core = host.registered.split(".", 1)[0]
        subs = host.name[: -len(host.registered) - 1].removeprefix("www.")
        whole = f"{subs}.{core}" if subs else core
        hits = [word for word in self._words if word in whole]
        return (
            self._whole_inside(host.name, subs, core)
            or self._changed(core)
            or self._in_core(core, hits)
            or self._in_subdomain(subs, whole, hits)
        )

    def _letters(self, looks_like: str) -> Likeness | None:
        for word in self._words:
            if len(word) >= _MIN_AFFIX and word in looks_like:
                return Likeness(self._brands[word].name, "letters", looks_like)
        for token in _SPLIT.split(looks_like):
            found = self._near(token)
            if found is not None:
                return Likeness(found.name, "letters", token)
        return None

    def _whole_inside(self, name: str, subs: str, core: str) -> Likeness | None:
        labels = subs.split(".") if subs else []
        for at in range(len(labels)):
            for end in range(at + 2, min(len(labels), at + 3) + 1):
                domain = ".".join(labels[at:end])
                if domain in self._own:
                    return Likeness(domain, "inside", domain)
        for label in (core, *labels):
            tokens = label.split("-")
            for at, token in enumerate(tokens):
                pair = f"{token}-{tokens[at + 1]}" if at + 1 < len(tokens) else ""
                brand = self._inside.get(pair) or self._inside.get(token)
                if brand is not None and token not in self._brands:
                    return Likeness(brand.name, "inside", pair or token)
        return None

    def _changed(self, core: str) -> Likeness | None:
        """A word of the label that is a protected one with signs for letters, or a letter off."""
        tokens = core.split("-")
        for token in [core, *tokens] if len(tokens) > 1 else tokens:
            if token in self._brands or token in self._ordinary or token in self._lures:
                continue
            word = self._signs.get(_without_signs(token))
            if word is not None and word != token:
                return Likeness(self._brands[word].name, "signs", token)
            brand = self._near(token)
            if brand is None:
                continue
            is_clear = len(token) >= _MIN_TYPO_WORD and not brand.is_word
            if is_clear or self._has_lure(tokens, token):
                return Likeness(brand.name, "typo", token)
        return None

    def _near(self, token: str) -> Brand | None:
        """The name that a word is one letter off, or two where both are long."""
        if len(token) < _MIN_TYPO or token in self._ordinary or token in self._brands:
            return None
        cutoff = 2 if len(token) >= _TWO_OFF else 1
        nearest = process.extractOne(token, self._plain, scorer=OSA.distance, score_cutoff=cutoff)
        if nearest is None:
            return None
        word, distance = nearest[0], nearest[1]
        if distance > 1 and len(word) < _TWO_OFF:
            return None
        return self._brands[word]

    def _in_core(self, core: str, hits: Sequence[str]) -> Likeness | None:
        tokens = core.split("-")
        for word in hits:
            brand = self._brands[word]
            if word not in core:
                continue
            if core == word:
                if brand.is_word:
                    continue
                return Likeness(brand.name, "ending", core)
            is_apart = word in tokens
            is_affix = core.startswith(word) or core.endswith(word)
            if not is_apart and (len(word) < _MIN_AFFIX or core in self._ordinary):
                continue
            rest = core.replace(word, "-", 1).split("-")
            if self._has_lure(rest, word) and (is_apart or is_affix):
                return Likeness(brand.name, "combined", core)
            if not brand.is_word and (is_apart or is_affix or len(word) >= _MIN_WITHIN):
                return Likeness(brand.name, "combined", core)
        return None

    def _in_subdomain(self, subs: str, whole: str, hits: Sequence[str]) -> Likeness | None:
        if not subs:
            return None
        tokens = _SPLIT.split(subs)
        for word in hits:
            brand = self._brands[word]
            is_apart = word in tokens
            if not is_apart and (len(word) < _MIN_WITHIN or word not in subs):
                continue
            if not brand.is_word or self._has_lure(_SPLIT.split(whole), word):
                return Likeness(brand.name, "subdomain", subs)
        return None

    def _has_lure(self, tokens: Sequence[str], word: str) -> bool:
        return any(token in self._lures for token in tokens if token != word)


def _without_signs(token: str) -> str:
    for pair, letter in _PAIRS:
        token = token.replace(pair, letter)
    return token.translate(_SIGNS).translate(_SLIM)
