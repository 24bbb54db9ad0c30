"""What the evaluation of image.ocr found, and its page."""

import os
from typing import Final

from msgspec import Struct

from detectors.evaluation import measures

GOAL: Final = 0.9
TWO_MS: Final = 400
EMPTY_MS: Final = 60


class Recall(Struct, frozen=True, kw_only=True):
    """What the detectors of text say through OCR against what they say of the text itself."""

    n: int
    """Texts flagged directly."""
    n_found: int
    """Of these, flagged through OCR too."""
    n_same: int
    """Of these, with a label in common."""
    n_clean: int
    """Texts not flagged directly."""
    n_false: int
    """Of these, flagged through OCR."""


class Language(Struct, frozen=True, kw_only=True):
    """A language's pages at normal sizes."""

    lang: str
    group: str
    n: int
    error_rate: float
    median: float
    """Of the pages' own error rates."""
    fonts: dict[str, float]
    kinds: dict[str, float]
    recall: Recall
    cpu_ms: float


class Level(Struct, frozen=True):
    """The error rate by language where pages have one thing in common."""

    factor: str
    name: str
    rates: dict[str, float]


class Gate(Struct, frozen=True, kw_only=True):
    """What the gate lets go of `n` pages for each height of letters, and lets through in vain."""

    side_px: int
    least: float
    n: int
    missed: dict[str, int]
    n_empty: int
    n_passed: int


class Speed(Struct, frozen=True, kw_only=True):
    """Median processor times; `n_false` pictures without text in which some was read."""

    n_two: int
    two_ms: float
    n_empty: int
    empty_ms: float
    n_false: int


class Report(Struct, frozen=True, kw_only=True):
    """Everything."""

    languages: tuple[Language, ...]
    levels: tuple[Level, ...]
    n_level: int
    gate: Gate
    speed: Speed


def markdown(report: Report) -> str:
    """Gives the page."""
    n = sum(one.n for one in report.languages)
    return (
        "# Text in pictures\n\n"
        f"Written by `python -m detectors.evaluation.ocr`: {n} pictures drawn by code, "
        f"{report.languages[0].n} of each language, five fonts each: posters, chat bubbles, "
        "captions with a rim on the bare picture, plain notes. At normal sizes: letters of 22 to "
        "48 pixels in pictures 1,000 wide, half of them turned by up to 4 degrees, grain up to 12, "
        "JPEG quality 40 to 95, half light on dark, contrast from 0.5. The texts are the "
        "functional suite's: three in four must be flagged. Some of them are disguised with "
        "look-alike letters of other scripts, which no picture shows: these count as errors.\n\n"
        f"{_languages(report)}\n{_groups(report)}\n{_fonts(report)}\n{_levels(report)}\n"
        f"{_gate(report.gate)}\n{_speed(report)}"
    )


def _languages(report: Report) -> str:
    rows = "".join(
        f"| {one.lang} | {one.n} | **{one.error_rate:.1%}** | {one.median:.1%} | "
        + " | ".join(f"{one.kinds[kind]:.1%}" for kind in ("poster", "chat", "caption", "note"))
        + f" | {one.cpu_ms:.0f} |\n"
        for one in report.languages
    )
    return (
        "## Character error rate\n\n"
        "Letters to insert, drop or change over letters written, whole pictures with their order "
        "of lines; quotes, dashes and full-width signs count as their plain ones, Arabic without "
        "vowel marks, Chinese without spaces.\n\n"
        "| language | pictures | error rate | median | posters | chats | captions | notes | "
        "CPU ms |\n|---|---|---|---|---|---|---|---|---|\n" + rows
    )


def _groups(report: Report) -> str:
    rows = ""
    for group in dict.fromkeys(one.group for one in report.languages):
        mine = [one.recall for one in report.languages if one.group == group]
        rows += _recall_row(f"**{group}**", mine)
    rows += "".join(_recall_row(one.lang, [one.recall]) for one in report.languages)
    return (
        "## What the detectors of text still find\n\n"
        "`text.risk`, `text.links` and `text.entities` at their recommended thresholds, on the "
        "text itself and on what was read. *Found*: flagged both ways; *same label*: one in "
        f"common. The goal is {GOAL:.0%} for Latin, Chinese and Cyrillic.\n\n"
        "| script or language | flagged directly | found through OCR | share | same label | "
        "not flagged directly | flagged through OCR |\n|---|---|---|---|---|---|---|\n" + rows
    )


def _recall_row(name: str, recalls: list[Recall]) -> str:
    n, found = sum(one.n for one in recalls), sum(one.n_found for one in recalls)
    same, clean = sum(one.n_same for one in recalls), sum(one.n_clean for one in recalls)
    share = measures.wilson(found, n)
    return (
        f"| {name} | {n} | {found} | {share.value:.1%} ({share.low:.1%} to {share.high:.1%}) | "
        f"{same} | {clean} | {sum(one.n_false for one in recalls)} |\n"
    )


def _fonts(report: Report) -> str:
    rows = "".join(
        f"| {one.lang} | "
        + ", ".join(f"{font} {rate:.1%}" for font, rate in one.fonts.items())
        + " |\n"
        for one in report.languages
    )
    return f"## By font\n\n| language | error rate |\n|---|---|\n{rows}"


def _levels(report: Report) -> str:
    langs = list(report.levels[0].rates) if report.levels else []
    rows = "".join(
        f"| {one.factor} | {one.name} | "
        + " | ".join(f"{one.rates[lang]:.1%}" for lang in langs)
        + " |\n"
        for one in report.levels
    )
    return (
        "## One by one, beyond the limits too\n\n"
        f"Error rate over {report.n_level} clear pictures each, letters of 34 pixels where not "
        "said otherwise.\n\n"
        f"| what | level | {' | '.join(langs)} |\n|---|---|{'---|' * len(langs)}\n{rows}"
    )


def _gate(gate: Gate) -> str:
    rows = "".join(f"| {px} | {missed} | {gate.n} |\n" for px, missed in gate.missed.items())
    return (
        "## Is there text at all?\n\n"
        f"A look at the picture made {gate.side_px} pixels long answers first. It lets go without "
        "reading:\n\n| height of the letters, pixels | let go | of |\n|---|---|---|\n"
        f"{rows}\nOf {gate.n_empty} pictures without text {gate.n_passed} pass it and are looked "
        "at more closely.\n"
    )


def _speed(report: Report) -> str:
    speed = report.speed
    two = "reached" if speed.two_ms <= TWO_MS else "missed"
    empty = "reached" if speed.empty_ms <= EMPTY_MS else "missed"
    return (
        "## Speed\n\nProcessor time, one thread, median.\n\n"
        "| picture | n | ms | goal |\n|---|---|---|---|\n"
        f"| two lines, 1,000 pixels wide | {speed.n_two} | {speed.two_ms:.0f} | under {TWO_MS}: "
        f"{two} |\n"
        f"| no text, 1,080 x 1,350 | {speed.n_empty} | {speed.empty_ms:.0f} | under {EMPTY_MS}: "
        f"{empty} |\n\n"
        f"Text was read in {speed.n_false} of the {speed.n_empty} pictures without any. Load "
        f"average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; other work on the "
        "processor makes its time longer too.\n"
    )
