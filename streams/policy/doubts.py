"""What a rule says and cannot mean. Pure."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from schemas.labels import LABELS, MODALITIES
from streams.policy.conditions import Condition, meant
from streams.policy.document import Rule

MAX_DURATION_S: Final = 315_360_000
"""Ten years; what is longer is without end, or in milliseconds."""
_ID: Final = re.compile(r"[a-z0-9_.-]+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_RESERVED: Final = ("on_missing.", "on_pending.", "bank.")
_COMPARISONS: Final = ("_==_", "_!=_", "@in")
_PARTS: Final = (
    *("text", "title", "cashtags", "links", "name", "description", "prompt", "response"),
    *("retrieved[0]", "attachments[0]", "media[0]", "logo[0]", "facts", "joined", "stream"),
)
"""Names of parts: those of `streams.normalise`, of `token.facts`, and of what is read together."""
_NUMBER: Final = re.compile(r"(?<=\[)\d+(?=\]$)")
_UNANSWERED: Final = (*(f"{modality}.*" for modality in MODALITIES), "actor.memory")
"""Words of `missing` and `pending`, besides ids of detectors with their version."""


def doubts(rule: Rule, condition: Condition | None) -> Iterator[tuple[str, str]]:
    """Gives the keys of a rule that cannot be meant, and why."""
    if not _ID.fullmatch(rule.id):
        yield "id", "an id has small letters, digits, `_`, `.` and `-`"
    elif rule.id.startswith(_RESERVED):
        yield "id", f"ids that begin with {', '.join(_RESERVED)} are taken"
    if rule.priority != "normal" and rule.queue is None:
        yield "priority", "a priority needs a queue"
    if rule.mode == "shadow" and rule.strike:
        yield "strike", "a rule in shadow strikes nobody"
    if rule.mode == "shadow" and rule.daily_quota:
        yield "daily_quota", "a rule in shadow acts on nothing that a quota could bound"
    for language in rule.languages:
        if not _LANGUAGE.fullmatch(language):
            yield "languages", f"{language} is no language: its code has two or three letters"
    if (rule.actor_action.duration_s or 0) > MAX_DURATION_S:
        yield "actor_action", "longer than ten years: leave duration_s out for no end"
    if condition is not None:
        for what, word in _compared(condition):
            yield from (("when", told) for told in _of_word(what, word))


def strange_detectors(condition: Condition, known: Collection[str]) -> Iterator[str]:
    """Gives what is wrong with the detectors that a condition compares with by name."""
    for what, word in _compared(condition):
        name = word.partition("@")[0]
        is_name = what == "detector" or (what in {"missing", "pending"} and "@" in word)
        if is_name and name not in known:
            yield f"no detector is called {name}{meant(name, sorted(known))}"


def _compared(condition: Condition) -> Iterator[tuple[str, str]]:
    """What is compared with a text, and the text."""
    for node in condition.tree.nodes():
        if node.kind != "call" or node.name not in _COMPARISONS:
            continue
        words = [one.value for one in node.nodes() if isinstance(one.value, str)]
        for side in node.below:
            if side.kind in {"select", "ident"}:
                yield from ((side.name, word) for word in words)


def _of_word(what: str, word: str) -> Iterator[str]:
    """What is wrong with a text that something is compared with."""
    if what == "label" and word not in LABELS:
        yield f"no label is called {word}{meant(word, LABELS)}"
    elif what == "detector" and "@" in word:
        yield f"detectors stand in signals without version: {word.partition('@')[0]}"
    elif what == "part" and _NUMBER.sub("0", word) not in _PARTS:
        yield f"no part is called {word}{meant(word, _PARTS)}"
    elif what in {"missing", "pending"} and "@" not in word and word not in _UNANSWERED:
        told = f"{', '.join(_UNANSWERED)} are, and detectors with their version"
        yield f"{word} is never {what}{meant(word, _UNANSWERED) or ';'} {told}"
    elif what == "item.language" and word and not _LANGUAGE.fullmatch(word):
        yield f"item.language is never {word}: it is a code of two or three small letters"
