"""Measures `text.entities@2`: false alarms on harmless text, recall of personal data, time.

`python -m detectors.evaluation.entities --data DIR` reads the shared data where it lies, copies
none of it, and writes `detectors/evaluation/entities_2.md` and `.json`. A few minutes.
"""

import argparse
import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from detectors.arguments import existing_folder
from detectors.detector import signals_of
from detectors.evaluation.disguises import Disguise, disguises, table
from detectors.text.entities.detector import Entities
from schemas.content import TextPart
from schemas.signals import Signal

_LOG: Final = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
FLAGGED: Final = 0.5
"""Scores from here on count as an alarm."""
_HARMLESS: Final = (
    "banking77",
    "bitcoin_org",
    "clinc150",
    "ntrex_news",
    "tatoeba",
    "xquad",
    "goemotions_benign",
)
_UNSEEN: Final = (
    "xsid",
    "notinject",
    "assistant_prompts",
    "cyberseceval_frr",
    "surge_stocks",
    "identity_templates",
    "self_instruct",
)
"""Harmless sets that no rule was adjusted on."""
_ENTITIES: Final = {
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "national_id",
}
"""What synthetic_pii annotates, and the kind that it is to us."""
_SCAMS: Final = frozenset({"scam", "phishing", "impersonation", "spam"})
_CRYPTO_SCAM: Final = frozenset(
    {
        *("scam", "crypto_scam", "recovery_scam", "job_scam", "romance_scam", "fake_support"),
        *("phishing", "malware", "account_compromise", "impersonation"),
        *("spam", "reply_spam", "dm_spam", "promo", "affiliate", "lead_gen", "engagement_bait"),
        *("follow_train", "bot"),
    }
)
"""janitr's labels that are scam, phishing, impersonation or spam (shared data, README)."""
_ORDINARY: Final = (40, 80)
"""Characters of what counts as an ordinary chat line when time is measured."""
_ROUNDS: Final = 25
_BATCH: Final = 10
HOSTILE: Final = {
    "letters": "a",
    "digits": "1",
    "words": "abandon ",
    "listed words": "zoo able ",
    "addresses": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed ",
    "base58": "4arHVWjvhLdn97MeUVDZoAAyGcNgJiPLUuWuaafdBAGS ",
    "mail": "a@b.example ",
    "at signs": "@",
    "dots": "a.",
    "digits and marks": "1 2-3.(4) ",
    "cards": "4242 4242 4242 4242 ",
    "secrets": "seed phrase ",
    "asks": "send me enter give me seed phrase never not ",
    "claims": "i am from support ",
    "handles": "telegram @abcde dm me ",
    "links": "t.me/abcde ",
    "dollars": "$AB ",
    "brackets": "[1,2,",
    "iban": "GB29 NWBK 6016 1331 ",
    "double": "get double back send ",
    "marks": "\u0301",
    "turkish": "İ",
    "chinese": "的一是在不了有和人这中大",
    "quotes": "i’m ",
    "leetspeak": "s3nd m3 y0ur s33d phr4s3 ",
    "invisible": "s\u200be\u200bed ",
    "ligatures": "\ufdfa",
    "cards in circles": "④②④②④②④②④②④②④②④② ",
    "base64": "MHg1YUFlYjYwNTNGM0U5NEM5YjlBMDlmMzM2Njk0MzVFN0VmMUJlQWVkIGFAYi5leGFtcGxlIA==",
    "letters apart": "4 2 4 2 a b ",
    "backwards": "esarhp dees ruoy em dnes ",
}
"""Units whose repetition could make a careless search slow."""
_SHORT_LENGTH: Final = 25_000
_LONG_LENGTH: Final = 100_000


class Alarms(msgspec.Struct, frozen=True):
    """Rows of a set that were flagged, in all and by kind of evidence."""

    name: str
    n: int
    n_characters: int
    flagged: int
    by_kind: dict[str, int]
    mentions: dict[str, int]
    """Rows with a signal of a kind below the alarm: evidence alone."""


class Recall(msgspec.Struct, frozen=True):
    """Annotated entities that a signal of their kind covers, and signals that hit none."""

    entity: str
    n: int
    found: int
    redacted: int
    """Covered by a span of any private kind: gone from a redacted text."""


class Growth(msgspec.Struct, frozen=True):
    """Milliseconds for 25,000 and 100,000 characters of one unit over and over."""

    unit: str
    short_ms: float
    long_ms: float


class Report(msgspec.Struct, frozen=True):
    """All figures."""

    alarms: tuple[Alarms, ...]
    unseen: tuple[Alarms, ...]
    """The same on sets that no rule was adjusted on."""
    recall: tuple[Recall, ...]
    disguises: tuple[Disguise, ...]
    scams: dict[str, int]
    telegram: Alarms
    us_per_ordinary_text: float
    us_per_thousand_characters: float
    n_timed: int
    growth: tuple[Growth, ...]


def rows(path: Path) -> list[Mapping[str, object]]:
    """Reads a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _texts(data: Path, name: str) -> list[str]:
    return [
        str(row.get("text") or "")
        for path in sorted((data / name).glob("*.jsonl"))
        for row in rows(path)
    ]


def _lines(data: Path, side: str) -> list[str]:
    path = data / "tg_spam" / f"{side}-samples.txt"
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _labels(row: Mapping[str, object]) -> frozenset[str]:
    given = row["labels"]
    return frozenset(map(str, given)) if isinstance(given, list) else frozenset()


def _janitr(data: Path) -> list[Mapping[str, object]]:
    return [
        row
        for part in ("train", "calib", "valid")
        for row in rows(data / "janitr" / f"{part}.jsonl")
    ]


def _is_clean(row: Mapping[str, object]) -> bool:
    return all(label == "clean" or label.startswith("topic_") for label in _labels(row))


def alarms(name: str, texts: Sequence[str], detector: Entities) -> Alarms:
    """Counts the flagged rows of a set."""
    by_kind: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    flagged = 0
    for text in texts:
        signals = _signals(detector, text)
        high = {_kind(one) for one in signals if one.score >= FLAGGED}
        by_kind.update(high)
        mentions.update({_kind(one) for one in signals} - high)
        flagged += bool(high)
    return Alarms(name, len(texts), sum(map(len, texts)), flagged, dict(by_kind), dict(mentions))


def _signals(detector: Entities, text: str) -> tuple[Signal, ...]:
    return signals_of(detector.predict([TextPart(name="text", text=text)])[0])


def _kind(signal: Signal) -> str:
    return (signal.evidence or {}).get("kind", "")


def recall(data: Path, detector: Entities) -> tuple[Recall, ...]:
    """Counts the annotated personal data that signals cover."""
    counts = {entity: [0, 0, 0] for entity in _ENTITIES}
    for row in rows(data / "synthetic_pii" / "data.jsonl"):
        text, given = str(row["text"]), row["entities"]
        signals = _signals(detector, text)
        for entity, value in given if isinstance(given, list) else ():
            if entity in _ENTITIES:
                start = text.find(value)
                counts[entity][0] += 1
                covering = [one for one in signals if _covers(one, start, start + len(value))]
                counts[entity][1] += any(_kind(one) == _ENTITIES[entity] for one in covering)
                counts[entity][2] += any(one.label == "privacy" for one in covering)
    return tuple(Recall(entity, *three) for entity, three in counts.items())


def _covers(signal: Signal, start: int, end: int) -> bool:
    return signal.span is not None and signal.span.start <= start and signal.span.end >= end


def scams(given: Iterable[Mapping[str, object]], detector: Entities) -> dict[str, int]:
    """Counts what is flagged as scam, phishing, impersonation or spam, of rows that are."""
    found = Counter(rows=0, flagged=0)
    for row in given:
        if _labels(row) & _CRYPTO_SCAM:
            found["rows"] += 1
            signals = _signals(detector, str(row["text"]))
            found["flagged"] += any(s.label in _SCAMS and s.score >= FLAGGED for s in signals)
    return dict(found)


def _seconds(parts: Sequence[TextPart], detector: Entities) -> float:
    """The time of all parts, each small batch at its best: what else runs here counts little."""
    total = 0.0
    for first in range(0, len(parts), _BATCH):
        batch = parts[first : first + _BATCH]
        took = []
        for _ in range(_ROUNDS):
            start = time.perf_counter()
            detector.predict(batch)
            took.append(time.perf_counter() - start)
        total += min(took)
    return total


def timed(texts: Sequence[str], detector: Entities) -> tuple[float, float, int]:
    """Gives microseconds a text of ordinary length, a 1,000 characters of any, and their number."""
    ordinary = [text for text in texts if _ORDINARY[0] <= len(text) <= _ORDINARY[1]][:2000]
    every = texts[:2000]
    short = [TextPart(name="text", text=text) for text in ordinary]
    long = [TextPart(name="text", text=text) for text in every]
    for_short = _seconds(short, detector) / len(short) * 1e6
    for_long = _seconds(long, detector) / sum(map(len, every)) * 1e9
    return round(for_short, 1), round(for_long, 1), len(ordinary)


def growth(detector: Entities) -> tuple[Growth, ...]:
    """Times hostile texts of two lengths: four times the length should take four times as long."""
    found: list[Growth] = []
    for name, unit in HOSTILE.items():
        took = []
        for length in (_SHORT_LENGTH, _LONG_LENGTH):
            part = TextPart(name="text", text=(unit * length)[:length])
            start = time.process_time()
            detector.predict([part])
            took.append(round((time.process_time() - start) * 1e3, 1))
        found.append(Growth(name, *took))
    return tuple(found)


def measure(data: Path) -> Report:
    """Measures everything."""
    detector = Entities()
    posts = _janitr(data)
    clean = [str(row["text"]) for row in posts if _is_clean(row)]
    found = [alarms(name, _texts(data, name), detector) for name in _HARMLESS]
    found.append(alarms("janitr clean", clean, detector))
    unseen = [alarms(name, _texts(data, name), detector) for name in _UNSEEN]
    unseen.append(alarms("tg_spam ham", _lines(data, "ham"), detector))
    chat = _texts(data, "goemotions_benign") + _texts(data, "tatoeba")
    return Report(
        tuple(found),
        tuple(unseen),
        recall(data, detector),
        disguises(detector),
        scams(posts, detector),
        alarms("tg_spam spam", _lines(data, "spam"), detector),
        *timed(chat[::7], detector),
        growth(detector),
    )


def markdown(report: Report) -> str:
    """The report as Markdown."""
    return (
        "# text.entities@2\n\n"
        "Written by `python -m detectors.evaluation.entities --data DIR`.\n\n"
        "## False alarms on harmless text\n\n"
        f"Rows with any signal of {FLAGGED} or more, by kind of evidence. A row of janitr is "
        "harmless where its labels are `clean` or topics alone.\n\n"
        f"{_ALARM_HEAD}{''.join(map(_alarm_line, report.alarms))}\n"
        "Harmless sets that no rule was adjusted on:\n\n"
        f"{_ALARM_HEAD}{''.join(map(_alarm_line, report.unseen))}\n"
        f"Evidence alone (a signal below {FLAGGED}):\n\n| set | by kind |\n|---|---|\n"
        f"{''.join(map(_mention_line, report.alarms))}\n"
        "## Personal data of synthetic_pii\n\nFound: a signal of the kind covers it whole. "
        "Redacted: a signal of some private kind does. The "
        "phone and card rules were adjusted on these rows, so the figures flatter.\n\n"
        "| entity | n | found | redacted |\n"
        f"|---|---|---|---|\n{''.join(map(_recall_line, report.recall))}\n"
        f"{table(report.disguises)}\n"
        "## Scams\n\n"
        f"{report.scams['flagged']} of {report.scams['rows']} posts of janitr marked as scam, "
        "phishing, impersonation or spam are flagged as one of these: the detector looks for a "
        "few patterns only, and leaves the rest to `text.risk`. Of the spam of tg_spam (no rule "
        f"was adjusted on it) {report.telegram.flagged} of {report.telegram.n}.\n\n"
        "## Time\n\n"
        f"{report.us_per_ordinary_text} us a chat line of {_ORDINARY[0]} to {_ORDINARY[1]} "
        f"characters ({report.n_timed} lines of goemotions_benign and tatoeba), "
        f"{report.us_per_thousand_characters} us a thousand characters of such text; one thread, "
        f"batches of {_BATCH}, each at the best of {_ROUNDS} rounds.\n\n"
        "Hostile texts, one unit over and over, once each:\n\n"
        f"| unit | {_SHORT_LENGTH} characters, ms | {_LONG_LENGTH} characters, ms | times |\n"
        f"|---|---|---|---|\n{''.join(map(_growth_line, report.growth))}"
    )


_ALARM_HEAD: Final = "| set | n | flagged | share | by kind |\n|---|---|---|---|---|\n"


def _counts(counted: Mapping[str, int]) -> str:
    ranked = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{kind} {n}" for kind, n in ranked) or "-"


def _alarm_line(one: Alarms) -> str:
    share = f"{100 * one.flagged / max(one.n, 1):.2f} %"
    return f"| {one.name} | {one.n} | {one.flagged} | {share} | {_counts(one.by_kind)} |\n"


def _growth_line(one: Growth) -> str:
    times = one.long_ms / max(one.short_ms, 0.1)
    return f"| {one.unit} | {one.short_ms} | {one.long_ms} | {times:.1f} |\n"


def _mention_line(one: Alarms) -> str:
    return f"| {one.name} | {_counts(one.mentions)} |\n"


def _recall_line(one: Recall) -> str:
    found, gone = (f"{100 * n / max(one.n, 1):.1f} %" for n in (one.found, one.redacted))
    return f"| {one.entity} | {one.n} | {found} | {gone} |\n"


def main() -> None:
    """Measures, logs the report and writes it."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.entities")
    parser.add_argument(
        "--data", type=existing_folder, required=True, help="the shared data folder"
    )
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder of the two tables")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    report = measure(arguments.data)
    text = markdown(report)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "entities_2.md").write_text(text, encoding="utf-8")
    (arguments.out / "entities_2.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
    )
    _LOG.info("%s", text)


if __name__ == "__main__":
    main()
