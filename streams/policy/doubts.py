"""What a rule says and cannot mean. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from schemas.labels import LABELS
from streams.policy.conditions import Condition, meant
from streams.policy.document import Rule
from streams.policy.tree import Node

MAX_DURATION_S: Final = 315_360_000
"""Ten years; what is longer is without end, or in milliseconds."""
_ID: Final = re.compile(r"[a-z0-9_.-]+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_RESERVED: Final = ("on_missing.", "on_pending.", "bank.")
_COMPARISONS: Final = ("_==_", "_!=_", "@in")


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
        for node in condition.tree.nodes():
            if node.kind == "call" and node.name in _COMPARISONS:
                yield from (("when", told) for told in _of_words(node))


def _of_words(node: Node) -> Iterator[str]:
    """What is wrong with the texts that something is compared with."""
    words = [one.value for one in node.nodes() if isinstance(one.value, str)]
    for side in node.below:
        what = side.name if side.kind in {"select", "ident"} else ""
        for word in words:
            if what == "label" and word not in LABELS:
                yield f"no label is called {word}{meant(word, LABELS)}"
            elif what == "detector" and "@" in word:
                yield f"detectors stand in signals without version: {word.partition('@')[0]}"
            elif what == "item.language" and word and not _LANGUAGE.fullmatch(word):
                yield f"item.language is never {word}: it is a code of two or three small letters"
