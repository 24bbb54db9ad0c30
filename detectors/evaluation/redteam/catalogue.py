"""Every attack there is."""

from collections.abc import Callable
from random import Random
from typing import Final

from detectors.evaluation.redteam import frames, wording
from detectors.evaluation.redteam.attack import Attack, Change, Kind
from detectors.evaluation.redteam.obfuscations import (
    OBFUSCATIONS,
    split_messages,
    split_phrases,
)

Reword = Callable[[str, str, Random], str]

SEARCH: Final = "greedy_search"
_UNREADABLE: Final = frozenset(
    {
        "percent_encoded", "escapes", "base64_payload", "base64_twice", "hex_payload", "binary",
        "decimal", "rot13", "backwards", "words_backwards", "morse", "tags_smuggled",
        "two_at_once",  # one of its pairs ends in base64
    }
)  # fmt: skip
"""Obfuscations whose text a reader must decode first. HTML and Markdown count as shown rendered."""
_TEMPLATES: Final[tuple[tuple[str, str, Kind, str], ...]] = (
    ("paraphrase_polite", "polite", "paraphrase", "The text as a polite request."),
    ("paraphrase_aside", "aside", "paraphrase", "The text as something said in passing."),
    ("paraphrase_casual", "casual", "paraphrase", "The text in chat register."),
    ("quoted_live", "quoted", "frame", "A quotation that the writer makes their own."),
    ("fiction_live", "fiction", "frame", "A story whose words are meant for the reader."),
    ("reported_live", "reported", "frame", "A report that ends in agreement."),
)
_REWORDINGS: Final[tuple[tuple[str, Kind, Reword], ...]] = (
    ("paraphrase_turned", "paraphrase", frames.turned),
    ("paraphrase_reworded", "paraphrase", frames.reworded),
    ("synonyms", "wording", wording.substituted),
    ("code_switched_frame", "wording", wording.framed_foreign),
    ("code_switched_keys", "wording", wording.keyed_foreign),
    ("other_script", "wording", wording.other_script),
    ("letters_swapped", "wording", wording.swapped),
    ("letters_dropped", "wording", wording.misspelt),
    ("vowels_dropped", "wording", wording.devowelled),
    ("words_glued", "wording", wording.glued),
    ("words_broken", "wording", wording.broken),
    ("capitals", "wording", wording.capitals),
    ("headline_capitals", "wording", wording.headline),
    ("padded_before", "padding", frames.padded_before),
    ("padded_after", "padding", frames.padded_after),
    ("padded_around", "padding", frames.padded_around),
    ("padded_long", "padding", frames.padded_long),
    ("padded_between", "padding", frames.interleaved),
    ("padded_commas", "padding", frames.padded_commas),
    ("padded_unpunctuated", "padding", frames.padded_unpunctuated),
    ("capitals_padded", "padding", frames.capitals_padded),
    ("injected_before", "frame", frames.injected_before),
    ("injected_after", "frame", frames.injected_after),
    ("injected_as_system", "frame", frames.injected_as_system),
    ("injected_as_json", "frame", frames.injected_as_json),
)


def _first_line(change: Callable[..., object]) -> str:
    return (change.__doc__ or "").partition("\n")[0]


def _alone(change: Reword) -> Change:
    return lambda text, lang, rng: (change(text, lang, rng),)


def _obfuscating(name: str) -> Attack:
    change = OBFUSCATIONS[name]
    return Attack(
        name=name,
        summary=_first_line(change),
        kind="obfuscation",
        is_readable=name not in _UNREADABLE,
        change=lambda text, _lang, rng: (change(text, rng),),
    )


def _splitting(change: Callable[[str, Random], list[str]]) -> Attack:
    return Attack(
        name=change.__name__,
        summary=_first_line(change),
        kind="messages",
        is_readable=True,
        change=lambda text, _lang, rng: tuple(change(text, rng)) or (text,),
    )


def _all() -> list[Attack]:
    return [
        *map(_obfuscating, OBFUSCATIONS),
        *(
            Attack(name=name, summary=summary, kind=kind, is_readable=True,
                   change=frames.template(key))
            for name, key, kind, summary in _TEMPLATES
        ),
        *(
            Attack(name=name, summary=_first_line(change), kind=kind, is_readable=True,
                   change=_alone(change))
            for name, kind, change in _REWORDINGS
        ),
        *map(_splitting, (split_messages, split_phrases)),
        Attack(name=SEARCH, summary="Word by word, the change that lowers the score most.",
               kind="search", is_readable=True),
    ]  # fmt: skip


ATTACKS: Final[dict[str, Attack]] = {one.name: one for one in _all()}
"""By name, in the order of the reports."""
