"""Characters that stand for other characters, and the classes that the steps look for."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_ORDINARY_STYLED: Final = frozenset("ªº™℠№℃℉℡℻℀℁℅℆ℓ")
_SMALL_CAPITAL: Final = "LATIN LETTER SMALL CAPITAL "
_NAMED: Final = ("NEGATIVE CIRCLED ", "NEGATIVE SQUARED ", "SQUARED ", "PARENTHESIZED ", "CIRCLED ")
_RANGES: Final = (
    (0x02B0, 0x02B8),  # modifier letters
    (0x02E0, 0x02E3),
    (0x1D00, 0x1DBF),  # phonetic extensions: small capitals, superscripts
    (0x2071, 0x209C),  # superscripts and subscripts
    (0x2100, 0x214F),  # letter-like
    (0x249C, 0x24E9),  # parenthesised and circled letters
    (0xA730, 0xA7FF),  # small capitals of Latin Extended-D
    (0xAB30, 0xAB69),
    (0xFB00, 0xFB06),  # ligatures
    (0xFF21, 0xFF5A),  # full-width letters
    (0x10780, 0x107BA),  # more superscripts
    (0x1D400, 0x1D7FF),  # mathematical letters and digits
    (0x1F110, 0x1F189),  # enclosed letters
    (0x1FBF0, 0x1FBF9),  # segmented digits
)
_TABLE: Final = Path(__file__).with_name("confusables.tsv")

EMOJI_LETTERS: Final = {"💲": "S", "⭕": "O", "ℹ": "i", "Ⓜ": "M", "✝": "t", "✖": "x", "❌": "x"}
"""Emoji that stand for a letter inside a word; elsewhere they are left alone."""
EXTRA: Final = dict(
    zip(
        "ɓƃɖɗɠɦɩɪɫɬɭɱɲɳɴɵɼɽɾʀʂʈʉʋʏʐʙɢʜʟıȷɛɜɔʌɯɥʞʇʍɹᗩᗷᑕᗪᗴᖴᘜᕼᓰᒍᒪᗰᑎᝪᑭᖇᔕᑌᐯᗯ᙭Ꮖ",
        "bbddghiilllmnnnorrrrstuvyzbghlijescvwhktwrabcdefghijlmnoprsuvwxi",
        strict=False,
    )
) | dict(zip("ⅠⅤⅩⅬⅭⅮⅯⅰⅴⅹⅼⅽⅾⅿ", "IVXLCDMivxlcdm", strict=True))
CYRILLIC: Final = dict(
    zip(
        "аАвВеЕёЁкКмМнНоОрРсСтТуУхХіІїЇјЈѕЅһҺԁԛԜԝьЬгпПияЯшШзЗөӨҮүԍӏӀҽчЧбБ",
        "aAbBeEeEkKmMhHoOpPcCtTyYxXiIiIjJsShHdqWwbBrnNuRRwW33oOYyglIe44bB",
        strict=True,
    )
)
GREEK: Final = dict(
    zip(
        "αΑβΒεΕζΖηΗικΙΚΜΝνοΟρΡτΤυΥχΧγσςωΖόίάέήύώϲϳ",
        "aAbBeEzZnHikIKMNvoOpPtTuYxXyoswZoiaenuwcj",
        strict=True,
    )
)
ARMENIAN: Final = dict(zip("աբգեզիհոչպջսվրցւօքֆՍՏՕԼՀ", "wpqbqhhnzuguurguopqUSOLH", strict=True))
CLEAR_CYRILLIC: Final = frozenset("аАВеЕКМНоОрРсСТуУхХіІїЇјЈѕЅһԁԛԜԝӏӀкмтв")
"""Cyrillic letters that a reader takes for the Latin ones in most typefaces."""
TO_CYRILLIC: Final = dict(
    zip("aABeEkKMmHoOpPcCTtyYxXiIjJsSb3", "аАВеЕкКМмНоОрРсСТтуУхХіІјЈѕЅьз", strict=True)
)
TO_GREEK: Final = dict(zip("aABEZHIKMNOPTYXovpiuktnwye", "αΑΒΕΖΗΙΚΜΝΟΡΤΥΧονριυκτηωγε", strict=True))

LATIN_CLASS: Final = "a-zA-Z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
CYRILLIC_CLASS: Final = "\u0400-\u0481\u048a-\u052f\u1c80-\u1c88"
GREEK_CLASS: Final = "\u0370-\u0373\u0376-\u037d\u037f-\u03ff\u1f00-\u1fff"
ARMENIAN_CLASS: Final = "\u0531-\u0587"
EXOTIC_CLASS: Final = (
    "\u0250-\u02af\u2160-\u217f\u13a0-\u13fd\uab70-\uabbf\u1400-\u167f\u10a0-\u10ff\u2c60-\u2c7f\u2c80-\u2cff"
    "\ua4d0-\ua4ff\u2d30-\u2d67\u16a0-\u16ea\U00010280-\U0001034f\U00010400-\U000104ff"
    "\U000118a0-\U000118df\U0001d400-\U0001d7ff"
)
"""Scripts and phonetic letters that chat does not mix with Latin ones."""
MARKS_CLASS: Final = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0a03"
    "\u0a3c-\u0a51\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bcd"
    "\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0dca-\u0ddf"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
)
"""Marks that belong to the letter before them; Python's word class leaves them out."""
HAN_CLASS: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"


def _styled(char: str) -> str:
    """The ASCII letters or digits that a styled character shows; empty if it is none."""
    name = unicodedata.name(char, "")
    if char in _ORDINARY_STYLED or not name:
        return ""
    if name.startswith(_SMALL_CAPITAL) and len(name) == len(_SMALL_CAPITAL) + 1:
        return name[-1].lower()
    for prefix in _NAMED:
        rest = name.removeprefix(prefix).removeprefix("LATIN ").removeprefix("CROSSED ")
        for case in ("CAPITAL LETTER ", "SMALL LETTER "):
            if name.startswith(prefix) and rest.startswith(case) and len(rest) == len(case) + 1:
                return rest[-1] if case[0] == "C" else rest[-1].lower()
    shown = unicodedata.normalize("NFKC", char)
    return shown if shown != char and shown.isascii() and shown.isalnum() else ""


def _styled_all() -> Iterator[tuple[int, str]]:
    for low, high in _RANGES:
        for code in range(low, high + 1):
            shown = _styled(chr(code))
            if shown:
                yield code, shown
    for at in range(26):
        yield 0x1F1E6 + at, chr(ord("A") + at)


STYLED: Final = dict(_styled_all())
"""Code points that are letters in fancy dress only: code point to ASCII letters."""


def _lookalikes() -> dict[str, str]:
    read = (line.split("\t") for line in _TABLE.read_text(encoding="ascii").splitlines())
    found = {chr(int(code, 16)): target for code, target in read}
    return found | EXTRA | ARMENIAN | GREEK | CYRILLIC


TO_LATIN: Final = _lookalikes()
"""Letters of other scripts to the Latin letters they look like (Unicode confusables and ours)."""


def _classed(codes: list[int]) -> str:
    """A regular expression's class body for code points, in ranges."""
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


STYLED_CLASS: Final = _classed(list(STYLED))
STYLED_RANGES: Final = "".join(
    f"{chr(low)}-{chr(high)}" for low, high in (*_RANGES, (0x1F1E6, 0x1F1FF))
)
"""Ranges around the styled characters: few, so a text is looked through quickly."""
