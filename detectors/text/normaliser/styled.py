"""Letters in fancy dress (mathematical, enclosed, full-width, regional) as plain letters."""

import itertools
import re
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.mapped import Edit, Mapped

_MAYBE: Final = re.compile(f"[{chars.STYLED_RANGES}]")
_STYLED: Final = re.compile(f"[{chars.STYLED_CLASS}]")
_ALL: Final = re.compile(f"[{chars.STYLED_CLASS}]+")
_FLAGS: Final = re.compile("[\U0001f1e6-\U0001f1ff]+")
_WIDE: Final = re.compile("(?:[\uff21-\uff3a\uff41-\uff5a]\\s?){3,}")
_LONE_WIDE: Final = re.compile("(?<![a-zA-Z])[\uff21-\uff3a\uff41-\uff5a]+(?![a-zA-Z])")
_EMOJI: Final = re.compile(
    f"(?<=[^\\W_])[{''.join(chars.EMOJI_LETTERS)}]\ufe0f?(?=[^\\W_])|"
    f"(?<![^\\W_])[{''.join(chars.EMOJI_LETTERS)}]\ufe0f?(?=[a-z]{{2}})"
)
_KEYCAP: Final = re.compile("(?<=[^\\W\\d_])([0-9])\ufe0f?\u20e3(?=[^\\W_]|[0-9]\ufe0f?\u20e3)")
_ONE_TO_ONE: Final = {code: shown for code, shown in chars.STYLED.items() if len(shown) == 1}
_REGIONAL_A: Final = 0x1F1E6
_MIN_WORD: Final = 4
_REGION_CODES: Final = (
    "ACADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCI"
    "CKCLCMCNCOCPCRCUCVCWCXCYCZDEDGDJDKDMDODZEAECEEEGEHERESETEUFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGM"
    "GNGPGQGRGSGTGUGWGYHKHMHNHRHTHUICIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLI"
    "LKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPE"
    "PFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTATCTDTFTGTH"
    "TJTKTLTMTNTOTRTTTVTWTZUAUGUMUNUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW"
)
REGIONS: Final = frozenset(_REGION_CODES[at : at + 2] for at in range(0, len(_REGION_CODES), 2))
"""Regions that have a flag emoji (Unicode emoji-sequences, RGI flags)."""


def fold(given: Mapped) -> Mapped:
    """The text with styled letters plain. Flags, and full-width letters by ones, stay."""
    text = given.text
    if _MAYBE.search(text) and _STYLED.search(text):
        given = _unstyled(given)
        text = given.text
    edits: list[Edit] = [
        (one.start(), one.end(), chars.EMOJI_LETTERS[one[0][0]]) for one in _EMOJI.finditer(text)
    ]
    if edits:
        given = given.edited(edits)
        text = given.text
    if "\u20e3" in text:
        given = given.edited((one.start(), one.end(), one[1]) for one in _KEYCAP.finditer(text))
    return given


def _unstyled(given: Mapped) -> Mapped:
    text = given.text
    if _is_symbol(text):
        return given
    flags = list(_FLAGS.finditer(text))
    # Beside words in regional letters a word of two is no flag: TO is Tonga, BE Belgium.
    has_words = not all(_is_flags(one[0]) for one in flags)
    kept = set() if has_words else {at for one in flags for at in range(*one.span())}
    if not _WIDE.search(text):
        kept.update(at for one in _LONE_WIDE.finditer(text) for at in range(*one.span()))
    if not kept and all(ord(one) in _ONE_TO_ONE for one in set(_STYLED.findall(text))):
        return given.translated(text.translate(_ONE_TO_ONE))
    return given.edited(
        (at, at + 1, chars.STYLED[ord(text[at])])
        for run in _ALL.finditer(text)
        for at in range(*run.span())
        if at not in kept
    )


def _is_symbol(text: str) -> bool:
    """Whether the only styled letter stands by itself: an information sign, a trade mark."""
    found = list(itertools.islice(_STYLED.finditer(text), 2))
    start, end = found[0].span()
    return len(found) == 1 and not (text[start - 1 : start] + text[end : end + 1]).strip()


def _is_flags(run: str) -> bool:
    letters = "".join(chr(ord("A") + ord(one) - _REGIONAL_A) for one in run)
    pairs = {letters[at : at + 2] for at in range(0, len(letters), 2)}
    if not pairs <= REGIONS:
        return False
    return len(letters) < _MIN_WORD or len(pairs) < 2 or not frequency(letters)  # noqa: PLR2004
