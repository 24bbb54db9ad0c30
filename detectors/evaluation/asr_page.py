"""The page on speech recognition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from detectors.evaluation.asr_report import Count, Hearing, Report

POOR: Final = frozenset({"hi"})
"""Languages that Whisper base does not know well enough; they are in no total."""


def rate(heard: Iterable[Hearing]) -> str:
    """Gives errors by words of the texts; Hindi by itself is given, in totals left out."""
    own = list(heard)
    if len({one.lang for one in own}) > 1:
        own = [one for one in own if one.lang not in POOR]
    n_words = sum(one.n_words for one in own)
    return f"{sum(one.n_errors for one in own) / n_words:.1%}" if n_words else "-"


def _langs(heard: Sequence[Hearing]) -> list[str]:
    return list(dict.fromkeys(one.lang for one in heard))


def _of(heard: Iterable[Hearing], lang: str) -> list[Hearing]:
    return [one for one in heard if one.lang == lang]


def _rtf(heard: Sequence[Hearing]) -> float:
    return sum(one.cpu_s for one in heard) / sum(one.seconds for one in heard)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _compared(report: Report, by_engine: Mapping[str, Sequence[Hearing]]) -> str:
    names = list(by_engine)
    langs = _langs(by_engine[names[0]])
    rows = []
    for name in names:
        heard, cost = by_engine[name], report.costs[name]
        rows.append(
            [
                name,
                *(rate(_of(heard, lang)) for lang in langs),
                f"**{rate(heard)}**",
                f"{_rtf(heard):.3f}",
                f"{cost.load_s:.1f}",
                f"{cost.peak_mb:.0f}",
            ]
        )
    heads = ["engine", *langs, "all but hi", "real-time factor", "load, CPU s", "memory, MB"]
    return _table(heads, rows)


def _conditions(report: Report) -> str:
    names = list(report.conditions)
    langs = _langs(report.conditions[names[0]])
    rows = []
    for name in names:
        heard = report.conditions[name]
        known = [one for one in heard if one.lang not in POOR]
        told = sum(one.lang_heard == one.lang for one in known)
        counts = _sums(report.degraded_counts[name], "scam")
        rows.append(
            [
                name,
                *(rate(_of(heard, lang)) for lang in langs),
                rate(heard),
                f"{told} of {len(known)}",
                f"{counts.both} of {counts.written}",
            ]
        )
    return _table(["condition", *langs, "all but hi", "language told", "pitches found"], rows)


def _sums(counts: Iterable[Count], kind: str) -> Count:
    own = [one for one in counts if one.kind == kind and one.lang not in POOR]
    return Count(
        lang="all but hi",
        kind=kind,
        n=sum(one.n for one in own),
        written=sum(one.written for one in own),
        heard=sum(one.heard for one in own),
        both=sum(one.both for one in own),
    )


def _flagged(report: Report) -> str:
    rows = []
    for kind in ("scam", "harmless"):
        own = [one for one in report.counts if one.kind == kind]
        for one in (*own, _sums(own, kind)):
            share = f"{one.both / one.written:.0%}" if one.written else "-"
            rows.append(
                [kind, one.lang, str(one.n), str(one.written), str(one.heard), str(one.both), share]
            )
    heads = ["texts", "language", "n", "flagged as written", "as heard", "both", "kept"]
    return _table(heads, rows)


def markdown(report: Report, *, load: float) -> str:
    """Gives the page."""
    first = next(iter(report.compared.values()))
    minutes = sum(one.seconds for one in first) / 60
    silent = [name for name, text in report.made_up.items() if not text]
    spoken = [f"{name} ({text!r})" for name, text in report.made_up.items() if text]
    examples = "".join(
        f"- `{one.clip}`: {one.text or '(nothing)'}\n" for one in first if one.clip.endswith("m-1")
    )
    return (
        "# Speech recognition\n\n"
        "Written by `python -m detectors.evaluation.asr --clips DIR --voices DIR --onnx DIR`: "
        f"{len(first)} clips, {minutes:.1f} minutes, in {len(_langs(first))} languages, spoken "
        "from the texts of `spoken.json` by Kokoro (82M, two voices a language where there are "
        "two) and for Russian by Festival. Half are pitches as fraudsters make them, half "
        "harmless, half of these about crypto. Synthetic speech is cleaner than people's: take "
        "the rates for comparisons, not for promises.\n\n"
        "Word error rate; of characters in Chinese. Compared without case, signs and hyphens, "
        "numbers in digits (`asr_words.py`).\n\n"
        "## Engines, side by side\n\n"
        f"The same {len(first)} recordings and the same weights, one thread. The real-time factor "
        "is CPU time of voice activity and recognition by length: 0.1 is ten times faster than "
        "spoken. Memory is the most that a process with this engine alone held, loading included; "
        "where not said, the window that is encoded is as long as the speech.\n\n"
        f"{_compared(report, report.compared)}\n"
        "`audio.asr@1` is the first line. The ONNX graphs are 106 MB beside the weights they are "
        "made from, and they do not ship.\n\n"
        f"Variants, on {len(next(iter(report.variants.values())))} of the clips:\n\n"
        f"{_compared(report, report.variants)}\n"
        "Hindi is left out of totals: Whisper base writes it in Arabic or Latin letters.\n\n"
        "## Degraded\n\n"
        f"{len(next(iter(report.conditions.values())))} of the clips, by `audio.asr@1`. *Pitches "
        "found*: of those that the detectors of text flag as written, how many they flag as "
        "heard.\n\n"
        f"{_conditions(report)}\n"
        "## What the detectors of text make of it\n\n"
        "`text.risk`, `text.entities` and `text.links`, at their recommended thresholds, on the "
        "text as written and on the transcript.\n\n"
        f"{_flagged(report)}\n"
        "## Sounds without a word\n\n"
        f"Of {len(report.made_up)} sounds of 10 s (silence, hiss, hum, tunes, drums, ringing), "
        f"{len(silent)} gave no transcript."
        f"{' Words were heard in: ' + '; '.join(spoken) + '.' if spoken else ''}\n\n"
        f"## As heard\n\n{examples}\n"
        f"Load average {load:.1f} on two processors.\n"
    )
