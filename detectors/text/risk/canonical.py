"""The form in which texts are judged: what carries no meaning for the model is made alike."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.mapped import Edit, Mapped

USER: Final = "@user"
MAIL: Final = "mail@user"
ADDRESS: Final = "0xaddress"
EVERYBODY: Final = frozenset({"all", "channel", "everyone", "here"})
"""Handles that are nobody's: they call a whole room."""

_MAX_MARKS: Final = 30
"""Unicode's stream-safe text has no more marks in a row; sorting longer ones takes long."""
_MAX_HANDLE: Final = 64
_MIN_USER_NUMBER: Final = 15
_ADDRESS_LENGTHS: Final = range(26, 129)

_MARKS: Final = "\u0300-\u036f"
_NAME: Final = f"A-Za-z0-9_\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff{_MARKS}"
_LETTERS: Final = "\u00c0-\u0587\u05d0-\u05ea\u0620-\u0669\u066e-\u06d3\u1e00-\u1fff"
"""Of scripts with spaces: what follows a link in another script is not part of it."""
_IDN: Final = f"A-Za-z0-9._~%!$&*+,;=:@{_LETTERS}-"
_PATH: Final = f"!#-&*-;=?-Z_a-z~{_LETTERS}"
"""No brackets and quotes, in which links are put."""
_BEFORE: Final = r"(?<![A-Za-z0-9@._-])"
_AFTER: Final = f"(?![A-Za-z0-9_@{_MARKS}])"
_FOUND: Final = re.compile(
    rf"{_BEFORE}(?P<link>(?i:(?:https?|hxxps?|ftp|wss?|ipfs|tg)://|www\.)[{_IDN}]++(?:[/?#][{_PATH}]*+)?)"
    rf"|{_BEFORE}(?P<path>[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)++(?::\d++)?+/[{_PATH}]*+)"
    rf"|(?<![A-Za-z0-9._%+@-])(?P<mail>[A-Za-z0-9._%+-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++){_AFTER}"
    rf"|(?<![A-Za-z0-9_@-])(?P<ton>(?:EQ|UQ|kQ|0Q)[A-Za-z0-9_-]{{46}})(?![A-Za-z0-9_@{_MARKS}-])"
    rf"|(?<![A-Za-z0-9_@])(?P<code>[A-Za-z0-9]{{26,}}+){_AFTER}"
    rf"|(?<![\w@./])(?P<handle>@[{_NAME}]++)"
)
_HINT: Final = re.compile(r"[@/]|[wW]{3}\.|[A-Za-z0-9_-]{26}")
"""Every text in which anything is found has one of these."""
_LINK_END: Final = ".,!?;:*~_"
_SCHEME: Final = re.compile(r"[A-Za-z]+://")
_WWW: Final = re.compile(r"\A(?:www\.+)+")
_CODE: Final = re.compile("[A-Za-z0-9]{26}")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]{32,}|[0-9a-fA-F]{40,}")
_BASE58: Final = re.compile("[1-9A-HJ-NP-Za-km-z]+")
_BECH32: Final = re.compile("[a-z]{2,10}1[02-9ac-hj-np-z]{30,}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SPACES: Final = re.compile(r"\s+")
_PILED: Final = re.compile(rf"[^\w\s\x00-\x7f]{{{_MAX_MARKS + 1},}}")
_JAMO: Final = ("\u1160", "\u11ff")


def canonical(text: str) -> Mapped:
    """Gives the text as the model reads it, each character with its place in the original.

    White space is single and inside; characters are composed (NFC). A user's handle is `@user`, an
    e-mail address `mail@user`, a wallet address or a transaction hash `0xaddress`; a link
    is its host and a slash. Amounts, tickers and numbers stay. A pure function, in linear time, of
    any string; the form of a form is itself.
    """
    return squeezed(simplified(Mapped.of(text)))


def simplified(given: Mapped) -> Mapped:
    """The form with its white space as it came: line breaks end sentences."""
    if _SURROGATE.search(given.text):
        given = given.translated(_SURROGATE.sub("\ufffd", given.text))
    if not given.text.isascii():
        given = _composed(given)
    if _HINT.search(given.text):
        given = given.edited(_replaced(given.text))
    return given


def squeezed(given: Mapped) -> Mapped:
    """Each stretch of white space as one space, none at the ends."""
    text = given.text
    if spaced(text) == text:
        return given
    last = len(text)
    return given.edited(
        (start, end, " " if start > 0 and end < last else "")
        for start, end in (found.span() for found in _SPACES.finditer(text))
    )


def spaced(text: str) -> str:
    """What `squeezed` makes of a text, without the places."""
    return " ".join(text.split())


def _composed(given: Mapped) -> Mapped:
    given = given.edited(_piled(given.text))
    if unicodedata.is_normalized("NFC", given.text):
        return given
    given = given.edited(
        (start, end, composed)
        for start, end in _clusters(given.text)
        if (composed := unicodedata.normalize("NFC", given.text[start:end]))
        != given.text[start:end]
    )
    return given.edited(_piled(given.text))


def _piled(text: str) -> Iterator[Edit]:
    """Takes away the marks beyond `_MAX_MARKS` on one character."""
    for found in _PILED.finditer(text):
        n, end = 0, found.end()
        for at in range(found.start(), end):
            n = n + 1 if _is_mark(text[at]) else 0
            if n > _MAX_MARKS:
                yield at, at + 1, ""


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Each character with what may be composed with it."""
    start = 0
    for at in range(1, len(text)):
        one = text[at]
        if one < "\u0300" or not (_is_mark(one) or _JAMO[0] <= one <= _JAMO[1]):
            yield start, at
            start = at
    if text:
        yield start, len(text)


def _replaced(text: str) -> Iterator[Edit]:
    for found in _FOUND.finditer(text):
        start, kind = found.start(), found.lastgroup
        old = found[0]
        if kind in {"link", "path"}:
            old = old.rstrip(_LINK_END)
            new = _host(old)
        elif kind == "mail":
            new = MAIL if _is_top(old.rpartition(".")[2]) else old
        elif kind == "handle":
            new = USER if _is_user(old[1:]) else old
        else:
            new = ADDRESS if kind == "ton" or _is_address(old) else old
        if new != old:
            yield start, start + len(old), new


def _host(link: str) -> str:
    """A link's host and a slash; the link itself where it has no host after all."""
    scheme = _SCHEME.match(link)
    authority = re.split("[/?#]", link[scheme.end() if scheme else 0 :], maxsplit=1)[0]
    host = authority.rpartition("@")[2].partition(":")[0].strip(".").lower()
    host = _WWW.sub("", host, count=1)
    if "." not in host or not (scheme or _is_top(host.rpartition(".")[2])):
        return link
    return link if not host.isascii() and _CODE.search(host) else f"{host}/"


def _is_top(name: str) -> bool:
    """Whether a name may be a top-level domain, where numbers have none."""
    return len(name) > 1 and (name.isalpha() or name.startswith("xn--"))


def _is_user(name: str) -> bool:
    """Whether a handle is one user's, and no amount and no word with `@` for its `a`."""
    if len(name) > _MAX_HANDLE or name.lower() in EVERYBODY:
        return False
    if name[0].isdigit() and not name.strip("0123456789kKmMxX"):
        return name.isdigit() and len(name) >= _MIN_USER_NUMBER
    return bool(frequency(name)) or not frequency(f"a{name}")


def _is_address(token: str) -> bool:
    """Whether letters and digits make a wallet address or a hash, and no word and no number."""
    if len(token) not in _ADDRESS_LENGTHS or token.isdigit() or token.isalpha():
        return False
    if _HEX.fullmatch(token) or _BECH32.fullmatch(token):
        return True
    is_mixed = not token.islower() and not token.isupper()
    return is_mixed and _BASE58.fullmatch(token) is not None
