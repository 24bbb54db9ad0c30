"""Ways off the platform, and what is offered there."""

import re
from typing import TYPE_CHECKING, Final

from detectors.text.entities.finding import Finding, without_overlaps
from detectors.text.entities.reading import Reading
from detectors.text.entities.scoring import Judged, judged

if TYPE_CHECKING:
    from schemas.labels import Label

_LINKS: Final = re.compile(
    r"(?P<telegram>(?:t|telegram)\.(?:me|dog)/[\w+/-]{2,64})"
    r"|(?P<whatsapp>wa\.me/\+?\w{3,32}|chat\.whatsapp\.com/\w{4,40}|api\.whatsapp\.com/send\S{0,80})"
    r"|(?P<discord>discord(?:\.gg|\.com/invite|app\.com/invite)/[\w-]{2,40})"
    r"|(?P<signal>signal\.(?:me/#p/\+?\w{3,20}|group/#?[\w-]{4,80}))"
    r"|(?P<line>line\.me/[\w/~@%-]{2,60})"
)
_HANDLE: Final = re.compile(r"@[A-Za-z][A-Za-z0-9_.]{3,31}|\+\d[\d\s().-]{6,18}\d")
_REACHED: Final = re.compile(
    r"(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,40})|(?P<phone>\+\d[\d\s().-]{6,18}\d)"
)
_AFTER_PLATFORM: Final = 24
"""Characters after a messenger's name in which a handle or number belongs to it."""
_REACH: Final = 120
_BASE: Final = -2.2
_LINK: Final = 1.0
_HANDLED: Final = 2.2
_CONTACT: Final = 1.2
_OFFER: Final = 2.4
_SEND: Final = 0.4
_ALARM: Final = -1.5
_MAX_FOUND: Final = 32


def may_link(low: str) -> bool:
    """A quick look, right in the negative: whether a link to a messenger can be there."""
    return (
        ".me/" in low
        or ".gg/" in low
        or "discord" in low
        or "whatsapp" in low
        or ("telegram.dog" in low or "signal." in low)
    )


def _links(low: str) -> list[Finding]:
    return [
        Finding(
            kind="off_platform",
            start=match.start(),
            end=match.end(),
            evidence={"platform": match.lastgroup or "", "via": "link"},
        )
        for match in _LINKS.finditer(low)
    ]


def _handles(reading: Reading) -> list[Finding]:
    found: list[Finding] = []
    for hit in reading.of("platform"):
        match = _HANDLE.search(reading.text, hit.end, hit.end + _AFTER_PLATFORM + 24)
        if match and match.start() - hit.end <= _AFTER_PLATFORM:
            evidence = {"platform": reading.low[hit.start : hit.end], "via": "handle"}
            found.append(
                Finding(kind="off_platform", start=hit.start, end=match.end(), evidence=evidence)
            )
    return found


def _invitations(reading: Reading) -> list[Finding]:
    found = []
    for hit in reading.of("contact"):
        end = hit.end
        evidence = {"platform": "private message", "via": "invitation"}
        near = reading.within(max(0, hit.start - 40), hit.end + 40)
        platforms = [one for one in near if one.cue == "platform"]
        if platforms:
            evidence["platform"] = reading.low[platforms[0].start : platforms[0].end]
        reached = _REACHED.search(reading.text, hit.end, hit.end + 2 * _AFTER_PLATFORM)
        if reached and reached.start() - hit.end <= _AFTER_PLATFORM:
            end = reached.end()
            evidence = {"platform": reached.lastgroup or "", "via": "handle"}
        found.append(Finding(kind="off_platform", start=hit.start, end=end, evidence=evidence))
    return found


def find(reading: Reading) -> list[Judged]:
    """Finds links, handles and invitations to write in private, at most 32.

    By themselves they are hardly a violation; beside an offer of money they are a scam.
    """
    found = without_overlaps(_handles(reading) + _links(reading.low) + _invitations(reading))
    return [_judge(reading, one) for one in found[:_MAX_FOUND]]


def _judge(reading: Reading, finding: Finding) -> Judged:
    near = reading.near(finding.start, finding.end, _REACH)
    factors = {"way off": _BASE}
    via = finding.evidence["via"]
    if via == "link":
        factors["link"] = _LINK
    elif via == "handle":
        factors["handle"] = _HANDLED
    elif finding.evidence["platform"] != "private message":
        factors["named messenger"] = _LINK
    if via != "invitation" and "contact" in near:
        factors["invitation"] = _CONTACT
    label: Label = "spam"
    if "offer" in reading.cues:
        label = "scam"
        n_offers = len({(hit.start, hit.end) for hit in reading.of("offer")})
        factors["offer"] = _OFFER + 0.4 * min(n_offers - 1, 3)
        factors |= {"send first": _SEND} if "send" in reading.cues else {}
    if "alarm" in near:
        factors["alarm"] = _ALARM
    return judged(label, factors, finding)
