"""How people hide a web address in a text: the forms that `text.links` is measured on.

Gathered from what the defanging tools document that they undo or write (PyPI `ioc-fanger`,
`iocextract`; npm `fanger`), and from chat and spam practice; written before the extractor and
without it. A form that leaves too little to recognise (a comma for the dot) is not among them.
"""

from collections.abc import Callable
from random import Random
from typing import Final

from msgspec import Struct


class Address(Struct, frozen=True):
    """A web address to hide: ASCII host, and a path that begins with a slash or is empty."""

    host: str
    path: str


Write = Callable[[Address, Random], str]

_HIDDEN: Final = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202a", "\u2066")
_DOTS: Final = ("\u3002", "\uff0e", "\uff61", "\u2024", "\u00b7", "\u2022")
_LOOKALIKE: Final = str.maketrans(
    "aceiopxysj", "\u0430\u0441\u0435\u0456\u043e\u0440\u0445\u0443\u0455\u0458"
)
_WIDE: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_BOLD: Final = {code: code - 0x61 + 0x1D41A for code in range(0x61, 0x7B)}
_MONO: Final = {code: code - 0x61 + 0x1D68A for code in range(0x61, 0x7B)}
_CIRCLED: Final = {code: code - 0x61 + 0x24D0 for code in range(0x61, 0x7B)}
_FLAGS: Final = {code: code - 0x61 + 0x1F1E6 for code in range(0x61, 0x7B)}
_STRIKE: Final = "\u0336"


def _dots(mark: str, *, scheme: str = "") -> Write:
    return lambda one, _: scheme + one.host.replace(".", mark) + one.path


def _last_dot(mark: str) -> Write:
    return lambda one, _: mark.join(one.host.rsplit(".", 1)) + one.path


def _whole(template: str) -> Write:
    return lambda one, _: template.format(host=one.host, path=one.path)


def _letters(table: dict[int, int]) -> Write:
    return lambda one, _: one.host.translate(table) + one.path


def _hidden(one: Address, chance: Random) -> str:
    return "".join(
        letter + (chance.choice(_HIDDEN) if chance.randrange(2) else "") for letter in one.host
    ) + (one.path)


def _lookalike(one: Address, chance: Random) -> str:
    letters = [
        letter.translate(_LOOKALIKE) if chance.randrange(2) else letter for letter in one.host
    ]
    return "https://" + "".join(letters) + one.path


def _any_dot(one: Address, chance: Random) -> str:
    return one.host.replace(".", chance.choice(_DOTS)) + one.path


def _mixed_case(one: Address, chance: Random) -> str:
    return "".join(chance.choice((one_.upper(), one_)) for one_ in one.host) + one.path


def _long_query(one: Address, chance: Random) -> str:
    query = "&".join(f"{chance.randrange(16**8):x}={chance.randrange(16**32):x}" for _ in range(40))
    return f"https://{one.host}{one.path or '/'}?{query}"


def _escaped(one: Address, chance: Random) -> str:
    places = range(len(one.host))
    chosen = set(chance.sample(places, k=max(1, len(one.host) // 3)))
    host = "".join(f"%{ord(one.host[at]):02x}" if at in chosen else one.host[at] for at in places)
    return f"http://{host}{one.path}"


FORMS: Final[dict[str, Write]] = {
    "plain": _whole("https://{host}{path}"),
    "bare": _whole("{host}{path}"),
    "hxxp": _whole("hxxps://{host}{path}"),
    "hXXp and [.]": _dots("[.]", scheme="hXXp://"),
    "[.]": _dots("[.]"),
    "(.)": _dots("(.)"),
    "{.}": _dots("{.}"),
    "<.>": _dots("<.>"),
    "[dot]": _dots("[dot]"),
    "(DOT)": _dots("(DOT)"),
    "[ . ]": _dots("[ . ]"),
    " dot ": _dots(" dot "),
    " DOT ": _dots(" DOT "),
    "-dot-": _dots("-dot-"),
    " [dot] ": _dots(" [dot] "),
    "(punkt)": _dots("(punkt)"),
    " punto ": _dots(" punto "),
    "(точка)": _dots("(точка)"),
    "[点]": _dots("[点]"),
    "half bracket": _dots("[."),
    "backslash": _dots("\\."),
    " . ": _dots(" . ", scheme="https://"),
    "last dot in spaces": _last_dot(" . "),
    "space before the last dot": _last_dot(" ."),
    "space after the last dot": _last_dot(". "),
    "http[:]//": _whole("http[:]//{host}{path}"),
    "hxxp[://]": _whole("hxxp[://]{host}{path}"),
    "https : //": _whole("https : //{host}{path}"),
    "https//": _whole("https//{host}{path}"),
    "http:\\\\": _whole("http:\\\\{host}{path}"),
    "hidden characters": _hidden,
    "other dots": _any_dot,
    "full width": lambda one, _: f"https://{one.host}{one.path}".translate(_WIDE),
    "bold letters": _letters(_BOLD),
    "typewriter letters": _letters(_MONO),
    "circled letters": _letters(_CIRCLED),
    "regional indicators": _letters(_FLAGS),
    "struck out": lambda one, _: _STRIKE.join(one.host) + _STRIKE + one.path,
    "look-alike letters": _lookalike,
    "mixed case": _mixed_case,
    "userinfo": _whole("https://wikipedia.org@{host}{path}"),
    "userinfo with a password": _whole("https://login:wikipedia.org@{host}{path}"),
    "Markdown": _whole("[wikipedia.org](https://{host}{path})"),
    "HTML": _whole('<a class="x" href="https://{host}{path}">wikipedia.org</a>'),
    "HTML entities": lambda one, _: f"https://{one.host.replace('.', '&#46;')}{one.path}",
    "percent escapes": _escaped,
    "long query": _long_query,
    "port": _whole("https://{host}:8443{path}"),
    "between Chinese": _whole("快看{host}{path} 吧"),
    "in quotation marks": _whole("«{host}»,"),
    "spaced letters": lambda one, _: " ".join(one.host) + " " + one.path,
    "trailing dot": _whole("go to {host}."),
    "as a parameter": _whole("https://wikipedia.org/out?next=https://{host}{path}"),
}
"""Ways of writing an address, by name."""

CARRIERS: Final = (
    "{}",
    "hey, look at {} before it closes",
    "my notes are here: {}",
    "смотри {} пока не закрыли",
    "mira esto {} antes de que cierre",
    "看这个 {} 谢谢",
    "yesterday was fine. {} was mentioned twice, what do you think?",
    "1. open {}\n2. wait",
)
"""Harmless sentences around an address."""
