"""Characters that show nothing or pile up on others, taken out unless a script needs them."""

import re
import unicodedata
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser.mapped import Edit, Mapped

_JOINING: Final = (
    "\u0600-\u06ff\u0700-\u07ff\u0840-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\u1b00-\u1bff"
    "\ufb50-\ufdff\ufe70-\ufefc\ua800-\uabff"
)
"""Scripts in which a joiner or non-joiner changes how a letter is written."""
_EMOJI: Final = "\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\u20e3\U0001f000-\U0001faff"
_RTL: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_BLANKS: Final = frozenset("\u2800\u3164")
_FLOOD: Final = re.compile(f"(?:[^\\W_][{chars.MARKS_CLASS}]*[\u200b-\u200f]){{3,}}[^\\W_]")
_ARABIC: Final = re.compile("[\u0620-\u065f\u0670-\u06d3]")
_NEEDS_BREAK: Final = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]")
_KEEPS_JOINER: Final = re.compile(f"[{_JOINING}{_EMOJI}]")
_OVERRIDE: Final = re.compile("\u202e([^\u202a-\u202e\u2066-\u2069\n]{1,2000})[\u202c\u2069]?")
_COMBINING: Final = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20df\u20e1\u20e4-\u20f0"
) + "\ufe20-\ufe2f"
_MARKED: Final = re.compile(f"(?<![{_COMBINING}])[{_COMBINING}]+")
_OVERLAYS: Final = frozenset("\u0305\u0332\u0333\u0334\u0335\u0336\u0337\u0338\u033f\u20d2\u20e5")
_PILE: Final = re.compile(f"([{chars.MARKS_CLASS}])\\1{{2,}}")
_MAX_MARKS: Final = 2
_MIN_ODD_MARKS: Final = 3


def hidden(given: Mapped) -> Mapped:
    """The text without invisible characters, and with right-to-left overrides read."""
    text = given.text
    if "\u202e" in text:
        edits = [
            (one.start(), one.end(), one[1][::-1])
            for one in _OVERRIDE.finditer(text)
            if not _RTL.search(one[1])
        ]
        given = given.edited(edits)
        text = given.text
    if not _HIDDEN.search(text):
        return given
    flooded = [one.span() for one in _FLOOD.finditer(text)][::-1]
    is_rtl = _RTL.search(text) is not None
    found: list[Edit] = []
    for one in _HIDDEN.finditer(text):
        while flooded and flooded[-1][1] <= one.start():
            flooded.pop()
        shown = one[0] if is_rtl and _is_direction(one[0]) else ""
        if any(blank in one[0] for blank in _BLANKS):
            shown = " "
        elif not (flooded and flooded[-1][0] <= one.start()):
            shown = _kept(text, one.start(), one.end(), is_rtl=is_rtl)
        if shown != one[0]:
            found.append((one.start(), one.end(), shown))
    if found and "\u200c" in text:
        return given.edited(
            (one.start(), one.end(), "")
            for one in _HIDDEN.finditer(text)
            if not _is_emoji(text[one.start() - 1 : one.start()])
        )
    return given.edited(found)


def _is_direction(run: str) -> bool:
    return all(one in "\u200e\u200f\u061c\u202a-\u202c\u2066-\u2069" for one in run)


def _kept(text: str, start: int, end: int, *, is_rtl: bool) -> str:
    """What of a run of invisible characters the letters around it need."""
    run, before, after = text[start:end], text[start - 1 : start], text[end : end + 1]
    if len(run) > 1:
        # An emoji's presentation mark, then a joiner: the one ordinary pair.
        return run if run == "\ufe0f\u200d" and _is_emoji(before) else _flag_tags(run, before)
    return run if _is_needed(run, before, after, is_rtl=is_rtl) else ""


def _is_needed(char: str, before: str, after: str, *, is_rtl: bool) -> bool:
    if char != "\u200c" and _ARABIC.match(before) and _ARABIC.match(after):
        return False  # inside an Arabic word nothing but a non-joiner does anything
    if char in "\u200c\u200d":
        joins = bool(before) and _KEEPS_JOINER.match(before) is not None
        return joins and (char == "\u200c" or not after.isascii() or after in " .,!?")
    if char == "\u200b":
        return bool(before) and _NEEDS_BREAK.match(before) is not None
    if _is_direction(char):
        return is_rtl and not (before.isalnum() and after.isalnum())
    if char in "\ufe0e\ufe0f":
        return bool(before) and not before.isalpha()
    is_variation = char == "\u180e" or "\U000e0100" <= char <= "\U000e01ef"
    return is_variation and not before.isascii()


def _is_emoji(char: str) -> bool:
    return bool(char) and re.match(f"[{_EMOJI}]", char) is not None


def _flag_tags(run: str, before: str) -> str:
    """Tag characters after a black flag name a region (Scotland); elsewhere they hide text."""
    return run if before == "\U0001f3f4" and run[-1] == "\U000e007f" and len(run) <= 7 else ""  # noqa: PLR2004


def marks(given: Mapped) -> Mapped:
    """The text without piled-up, struck-through or impossible combining marks."""
    text = given.text
    if _PILE.search(text):
        given = given.edited((one.start(), one.end(), one[1]) for one in _PILE.finditer(text))
        text = given.text
    runs = list(_MARKED.finditer(text))
    if not runs:
        return given
    odd = [one for one in runs if _is_odd(text[one.start() - 1 : one.start()], one[0])]
    if len(odd) < _MIN_ODD_MARKS:
        odd = [one for one in runs if len(one[0]) > _MAX_MARKS or _OVERLAYS & set(one[0])]
    return given.edited((one.start(), one.end(), "") for one in odd)


def _is_odd(base: str, run: str) -> bool:
    """Whether no language writes this letter with these marks."""
    if len(run) > _MAX_MARKS or _OVERLAYS & set(run):
        return True
    return base.isascii() and base.isalpha() and len(unicodedata.normalize("NFC", base + run)) > 1
