"""HTML, Markdown links, percent-encoding and backslash escapes, undone in place."""

import html
import re
from typing import Final

from detectors.text.normaliser.mapped import Edit, Mapped

_TAGS: Final = (
    "a|abbr|b|big|blockquote|body|br|button|center|code|dd|del|details|div|dl|dt|em|font|footer|"
    "form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|mark|meta|nav|ol|"
    "option|p|pre|q|s|script|section|select|small|span|strike|strong|style|sub|summary|sup|svg|"
    "table|tbody|td|textarea|th|thead|title|tr|tt|u|ul|video|wbr"
)
_TAG: Final = re.compile(
    rf"(?:<(?:/?(?:{_TAGS})(?:[\s/][^<>]{{0,2000}})?|!--[^<>]{{0,2000}}--)>)+", re.IGNORECASE
)
_ENTITY: Final = re.compile(
    r"&(?:amp;)*(?:#(?:amp;)*(?:\d{1,7}|[xX][0-9a-fA-F]{1,6})|[a-zA-Z][a-zA-Z0-9]{1,30});"
)
_PERCENT: Final = re.compile(r"(?:%(?:25)*[0-9a-fA-F]{2})+")
_ESCAPE: Final = re.compile(
    r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\u\{([0-9a-fA-F]{1,6})\}|\\U([0-9a-fA-F]{8})"
    r"|\bU\+([0-9a-fA-F]{4,6})\s?"
)
_LINK: Final = re.compile(r"(?<=[^\W_])\[([^\[\]()]{1,100})\]\([^()\s]{0,500}\)|"
                          r"\[([^\[\]()]{1,100})\]\([^()\s]{0,500}\)(?=[^\W_])")  # fmt: skip
_LAST_CODE: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)
_MIN_ESCAPES: Final = 2


def undo(given: Mapped) -> Mapped:
    """The text without tags, with entities, percent-encoding and escapes read."""
    text = given.text
    if "<" in text and ">" in text:
        given = given.edited([_without_tag(text, found) for found in _TAG.finditer(text)])
        text = given.text
    if "&" in text and ";" in text:
        given = given.edited(_entities(text))
        text = given.text
    if "%" in text:
        given = given.edited(_percents(text))
        text = given.text
    if "\\" in text or "U+" in text:
        given = given.edited(_escapes(text))
        text = given.text
    if "](" in text:
        given = given.edited(
            (one.start(), one.end(), one[1] or one[2]) for one in _LINK.finditer(text)
        )
    return given


def _without_tag(text: str, found: re.Match[str]) -> Edit:
    """A tag inside a word leaves nothing; elsewhere a space, as a reader would see."""
    start, end = found.span()
    inside = text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()
    spaced = text[start - 1 : start].isspace() or text[end : end + 1].isspace()
    at_end = start == 0 or end == len(text)
    return start, end, "" if inside or spaced or at_end else " "


def _entities(text: str) -> list[Edit]:
    edits: list[Edit] = []
    for found in _ENTITY.finditer(text):
        bare = "&" + found[0][1:].replace("amp;", "") if found[0] != "&amp;" else found[0]
        shown = html.unescape(bare if bare != "&" else "&amp;")
        if shown != found[0] and not shown.endswith(";"):
            edits.append((found.start(), found.end(), shown))
    return edits


def _percents(text: str) -> list[Edit]:
    """Percent-encoding in words; what is part of an address is left to those who read links."""
    edits: list[Edit] = []
    for found in _PERCENT.finditer(text):
        shown = _decoded(found[0])
        if shown is not None and not _is_in_address(text, found.start()):
            edits.append((found.start(), found.end(), shown))
    return edits


def _decoded(escaped: str) -> str | None:
    """The letters behind `%73%65`; None if these are no text or a share such as `100%25`."""
    pairs = escaped.replace("%", " ").split()
    codes = bytes(int(pair[-2:], 16) for pair in pairs)
    try:
        shown = codes.decode()
    except UnicodeDecodeError:
        return None
    letters = [one for one in shown if one.isalnum() or one in " .,!?'-:/@"]
    return shown if shown.isprintable() and len(letters) * 4 >= len(shown) * 3 else None


def _is_in_address(text: str, at: int) -> bool:
    before = text[max(0, at - 300) : at].split()
    return bool(before) and "://" in before[-1] and not text[at - 1 : at].isspace()


def _escapes(text: str) -> list[Edit]:
    found = list(_ESCAPE.finditer(text))
    if len(found) < _MIN_ESCAPES:
        return []
    edits: list[Edit] = []
    for one in found:
        code = int(next(group for group in one.groups() if group), 16)
        if code <= _LAST_CODE and code not in _SURROGATES and chr(code).isprintable():
            edits.append((one.start(), one.end(), chr(code)))
    return edits
