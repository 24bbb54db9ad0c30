"""What counts of the findings in an undisguised text, and which of several readings stays.

Whoever undoes a disguise guesses at letters, and a guess must make no card, key or address of
what is none.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import structs

from detectors.text.entities.rendering import Rendering
from detectors.text.entities.scoring import Judged

EXACT: Final = frozenset(
    {
        *("markup", "invisible", "marks", "styled", "spaces"),
        *("base64", "base32", "hex", "binary", "decimal", "morse", "tags", "selectors"),
    }
)
"""Steps that guess at nothing: what they give is written there, in another form."""
LETTERS: Final = EXACT | {"script", "accents"}
"""Steps that make letters of letters alone."""
CHARACTERS: Final = LETTERS | {"case", "spaced", "leet", "repeats"}
"""Steps that change characters; others put other words in a text's place."""
UNDONE: Final = "undone"
"""The name in evidence under which the steps stand."""
_LEAST: Final = 0.1
"""A mention alone (an address, a ticker) is no news in a disguise."""
_NUMBERS: Final = frozenset({"card", "iban", "national_id", "phone", "address", "private_key"})
_UNCHECKED: Final = frozenset({"unchecked", "public key", "raw", "hexadecimal"})
_LISTED: Final = "listed"
_STRETCHED: Final = 8
"""So many times as many characters behind a finding are another text than it."""


def counts(rendering: Rendering, one: Judged, given: str) -> bool:
    """Whether what was found in a rendering of the text `given` is there.

    Checksums of keys, phrases and addresses prove themselves. Numbers whose check is weak, or
    which have none, must be written there digit by digit, unless no step guesses.
    """
    if EXACT.issuperset(rendering.steps) or _is_proven(one):
        return True
    if one.label != "privacy" and one.score < _LEAST:
        return False
    kind = _kind(one)
    if kind == "seed_phrase":
        return CHARACTERS.issuperset(rendering.steps)
    if kind == "email" and LETTERS.issuperset(rendering.steps):
        return True
    return kind not in _NUMBERS | {"email"} or _is_written(rendering, one, given)


def _is_proven(one: Judged) -> bool:
    evidence, kind = one.finding.evidence, _kind(one)
    if kind == "seed_phrase":
        return evidence["checksum"] != "none"
    if kind == "address" and _LISTED in evidence["why"]:
        return True
    return kind in {"address", "private_key"} and evidence["form"] not in _UNCHECKED


def _kind(one: Judged) -> str:
    """The kind of a finding; of bait that of the secret."""
    if one.finding.kind != "secret_bait":
        return one.finding.kind
    return "seed_phrase" if "checksum" in one.finding.evidence else "private_key"


def _is_written(rendering: Rendering, one: Judged, given: str) -> bool:
    """Whether the same letters and digits stand in the text as given."""
    found = rendering.text[one.finding.start : one.finding.end]
    start, end = rendering.place(one.finding.start, one.finding.end)
    return end - start <= _STRETCHED * len(found) and _bare(given[start:end]) == _bare(found)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def placed(rendering: Rendering, one: Judged) -> Judged:
    """Gives what was found in a rendering its place in the text as given, and names the steps."""
    start, end = rendering.place(one.finding.start, one.finding.end)
    evidence = one.finding.evidence
    if rendering.steps:
        evidence = {**evidence, UNDONE: " ".join(rendering.steps)}
    finding = structs.replace(one.finding, start=start, end=end, evidence=evidence)
    return structs.replace(one, finding=finding)


def merged(readings: Sequence[Sequence[Judged]]) -> list[Judged]:
    """Gives the findings of several readings of one text, each thing once.

    Findings that overlap are the same thing where label and kind are the same, private ones
    whatever their kind. Those of the reading that scores highest stay; among equals of the one that
    found most, then of the first. What is private in any reading stays covered.
    """
    if len(readings) == 1:
        return list(readings[0])
    groups: dict[tuple[str, str], list[tuple[int, Judged]]] = defaultdict(list)
    for n, found in enumerate(readings):
        for one in found:
            kind = "" if one.label == "privacy" else one.finding.kind
            groups[one.label, kind].append((n, one))
    return [
        one for group in groups.values() for cluster in _clusters(group) for one in _best(cluster)
    ]


def _clusters(group: list[tuple[int, Judged]]) -> Iterable[list[tuple[int, Judged]]]:
    """Findings that overlap, directly or through others."""
    group.sort(key=lambda pair: (pair[1].finding.start, pair[1].finding.end))
    cluster: list[tuple[int, Judged]] = []
    reach = 0
    for n, one in group:
        if cluster and one.finding.start >= reach:
            yield cluster
            cluster = []
        cluster.append((n, one))
        reach = max(reach, one.finding.end)
    yield cluster


def _best(cluster: list[tuple[int, Judged]]) -> list[Judged]:
    chosen, _ = max(cluster, key=_rank)
    kept = [one for n, one in cluster if n == chosen]
    if len(kept) == len(cluster) or kept[0].label != "privacy":
        return kept
    start = cluster[0][1].finding.start
    end = max(one.finding.end for _, one in cluster)
    if not _covers(kept, start, end):
        whole = structs.replace(kept[0].finding, start=start, end=end)
        kept[0] = structs.replace(kept[0], finding=whole)
    return kept


def _covers(found: Sequence[Judged], start: int, end: int) -> bool:
    """Whether findings in order leave nothing out between two places."""
    for one in found:
        if one.finding.start > start:
            return False
        start = max(start, one.finding.end)
    return start >= end


def _rank(pair: tuple[int, Judged]) -> tuple[float, int, int]:
    n, one = pair
    return one.score, one.finding.end - one.finding.start, -n
