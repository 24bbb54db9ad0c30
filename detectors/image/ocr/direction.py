"""Lines of right-to-left scripts, between the order of the eye and that of the text."""

import re
import unicodedata
from typing import Final

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_LEFT_TO_RIGHT: Final = re.compile(
    r"[0-9A-Za-z\u00c0-\u024f\u0660-\u0669\u06f0-\u06f9@#$]"
    r"(?:[0-9A-Za-z\u00c0-\u024f\u0660-\u0669\u06f0-\u06f9@#$.,:/_+\-\u2019' %]*"
    r"[0-9A-Za-z\u00c0-\u024f\u0660-\u0669\u06f0-\u06f9])?"
)
"""A run that is read from left to right inside a line of the other direction."""
_MIRRORED: Final = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def is_right_to_left(text: str) -> bool:
    """Whether most of the letters are of a script that is written from right to left."""
    kinds = [unicodedata.bidirectional(one) for one in text]
    return sum(kind in _RIGHT_TO_LEFT for kind in kinds) > kinds.count("L")


def turned(line: str) -> str:
    """Gives a right-to-left line's characters as they stand from left to right, or back again.

    An approximation of the Unicode algorithm's for lines whose base direction is right to left:
    all is reversed but for words and numbers of the other direction. Other lines stay as they are.
    """
    if not is_right_to_left(line):
        return line
    mirrored = line[::-1].translate(_MIRRORED)
    return _LEFT_TO_RIGHT.sub(lambda run: run.group().translate(_MIRRORED)[::-1], mirrored)
