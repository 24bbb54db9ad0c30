"""The measurements of `text.links`: on domains, hidden addresses, ordinary text, and the clock."""

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from detectors.detector import signals_of
from detectors.evaluation.link_forms import CARRIERS, FORMS, Address
from detectors.text.links import brands, hosts, lists
from detectors.text.links.detector import Links
from detectors.text.links.extract import links
from detectors.text.links.likeness import Watch
from detectors.text.links.store import Kind, Store, pack, write
from detectors.text.links.url_risk import UrlModel
from detectors.training.url_risk import domains
from detectors.training.url_risk.authored import split_of
from detectors.training.url_risk.domains import Domain
from schemas.content import TextPart

_SEED: Final = 611
N_DOMAINS: Final = 100_000
N_HIDDEN: Final = 1_000
N_TEXTS: Final = 30_000
_N_ROUNDS: Final = 200
_N_TIMED: Final = 20
"""Texts in a timed batch: few, so that on a busy machine some rounds run undisturbed."""
_FALSE_ALARMS: Final = 0.01
_ORDINARY: Final = (
    "assistant_prompts",
    "banking77",
    "bitcoin_org",
    "clinc150",
    "goemotions_benign",
    "notinject",
    "ntrex_news",
    "tatoeba",
    "xquad",
)
_PLAIN_URL: Final = re.compile(r"https?://([a-z0-9.-]+)")
_WORD: Final = re.compile(r"[a-z]{4,20}")


class Counts(Struct, frozen=True):
    """Domains judged at the recommended threshold."""

    name: str
    n_phishing: int
    n_legitimate: int
    n_found: int
    n_false: int

    @property
    def precision(self) -> float:
        """Share of the flagged that are phishing."""
        return self.n_found / max(1, self.n_found + self.n_false)

    @property
    def recall(self) -> float:
        """Share of the phishing that is flagged."""
        return self.n_found / max(1, self.n_phishing)

    @property
    def false_rate(self) -> float:
        """Share of the legitimate that is flagged."""
        return self.n_false / max(1, self.n_legitimate)


class Unseen(Struct, frozen=True):
    """The URL model alone, on domains of no split it learnt from."""

    n_phishing: int
    n_legitimate: int
    auroc: float
    limit: float
    """Score that 1 % of the legitimate exceed."""
    recall: float
    interval: tuple[float, float]
    """95 % of 1,000 bootstrap samples, both sides drawn anew."""
    by_list: dict[str, float]
    n_authored: int
    false_authored: float
    """Share of authored names of small firms above the limit."""


class Hidden(Struct, frozen=True):
    """Addresses recovered from hidden forms."""

    n: int
    n_recovered: int
    n_plain_pattern: int
    """What a plain `https?://` pattern recovers."""
    missed: dict[str, str]
    """By form: recovered of tried, where any was missed."""


class Alarms(Struct, frozen=True):
    """Ordinary texts or names, and how many were flagged."""

    name: str
    n: int
    n_false: int


class Text(Struct):
    """A row of an ordinary data set."""

    text: str = ""


def store_of(data: Path, keep: Callable[[str], bool], folder: Path, name: str) -> Path:
    """Writes a store of the shared block lists, of the names that `keep` takes."""
    deny = tuple(sorted(one for one in domains.blocked(data) if keep(one)))
    default = lists.read(lists.DEFAULT_ALLOW, is_allow=True)
    entries, _ = lists.merge([lists.ListFile(deny=deny), default])
    path = folder / name
    write(path, pack(entries))
    return path


def is_seen(name: str) -> bool:
    """Whether a blocked name lies outside the test split."""
    host = hosts.named(name)
    return host is not None and split_of(host.registered) != "test"


def drawn(data: Path) -> list[tuple[str, bool]]:
    """Domains of lists and token lists with their label: every website, and blocked ones."""
    deny = domains.blocked(data)
    sites = [one for one in domains.websites(data) if hosts.named(one) is not None]
    legitimate = [(one, False) for one in sites if one not in deny]
    chance = Random(_SEED)  # noqa: S311
    names = [one for one in sorted(deny) if hosts.named(one) is not None]
    phishing = [(one, True) for one in chance.sample(names, N_DOMAINS - len(legitimate))]
    return legitimate + phishing


def judged(name: str, rows: Sequence[tuple[str, bool]], detector: Links) -> Counts:
    """Judges domains in sentences, half with a scheme and half bare."""
    limit = detector.card.thresholds["phishing"]
    n_phishing = n_found = n_false = 0
    for at, (domain, is_phishing) in enumerate(rows):
        text = f"have a look at {'https://' if at % 2 else ''}{domain} today"
        signals = signals_of(detector.predict([TextPart(name="text", text=text)])[0])
        is_flagged = any(one.label == "phishing" and one.score >= limit for one in signals)
        n_phishing += is_phishing
        n_found += is_flagged and is_phishing
        n_false += is_flagged and not is_phishing
    return Counts(name, n_phishing, len(rows) - n_phishing, n_found, n_false)


def unseen(rows: Sequence[Domain], model: UrlModel) -> Unseen:
    """The model alone on the test split."""
    watch = Watch(brands.read())
    whole = [row for row in rows if row.split == "test"]
    every = np.array([model.judge(row.host, watch.likeness(row.host)).score for row in whole])
    own = np.array([row.source == "authored" for row in whole])
    test, scores = [row for row in whole if row.source != "authored"], every[~own]
    bad = np.array([row.is_phishing for row in test])
    sources = np.array([row.source for row in test])
    limit = float(np.quantile(scores[~bad], 1 - _FALSE_ALARMS, method="higher"))
    rng = np.random.default_rng(_SEED)
    draws = []
    for _ in range(1000):
        good = rng.choice(scores[~bad], (~bad).sum())
        found = rng.choice(scores[bad], bad.sum())
        cut = np.quantile(good, 1 - _FALSE_ALARMS, method="higher")
        draws.append(float((found > cut).mean()))
    low, high = np.quantile(draws, [0.025, 0.975])
    ranks = np.empty(len(scores))
    ranks[scores.argsort(kind="stable")] = np.arange(len(scores))
    n_bad, n_good = int(bad.sum()), int((~bad).sum())
    auroc = (ranks[bad].sum() - n_bad * (n_bad - 1) / 2) / (n_bad * n_good)
    by_list = {
        name: round(float((scores[bad & (sources == name)] > limit).mean()), 4)
        for name in sorted(set(sources[bad]))
    }
    recall = float((scores[bad] > limit).mean())
    return Unseen(
        n_bad,
        n_good,
        float(auroc),
        limit,
        recall,
        (float(low), float(high)),
        by_list,
        int(own.sum()),
        float((every[own] > limit).mean()),
    )


def hidden(data: Path) -> Hidden:
    """Hides 1,000 addresses in every form in turn, and looks for them."""
    chance = Random(_SEED)  # noqa: S311
    names = [
        one
        for one in (*sorted(domains.blocked(data)), *domains.websites(data))
        if one.isascii() and (host := hosts.named(one)) is not None and host.name == one
    ]
    forms = sorted(FORMS)
    tried: dict[str, list[bool]] = {form: [] for form in forms}
    n_plain = 0
    for at in range(N_HIDDEN):
        form = forms[at % len(forms)]
        address = Address(chance.choice(names), chance.choice(("", "/", "/claim", "/a/b?c=d")))
        text = chance.choice(CARRIERS).format(FORMS[form](address, chance))
        tried[form].append(any(address.host in link.hosts for link in links(text)))
        n_plain += address.host in _PLAIN_URL.findall(text.lower())
    n_recovered = sum(map(sum, tried.values()))
    missed = {form: f"{sum(own)} of {len(own)}" for form, own in tried.items() if not all(own)}
    return Hidden(N_HIDDEN, n_recovered, n_plain, missed)


def ordinary_texts(data: Path, detector: Links) -> list[Alarms]:
    """Ordinary texts flagged for anything."""
    found = []
    for name in _ORDINARY:
        texts = _texts(data / name)[: N_TEXTS // len(_ORDINARY)]
        answers = detector.predict([TextPart(name="text", text=one) for one in texts])
        found.append(Alarms(name, len(texts), sum(bool(signals_of(one)) for one in answers)))
    return found


def _texts(folder: Path) -> list[str]:
    texts = []
    for path in sorted(folder.glob("*.jsonl")):
        lines = path.read_bytes().splitlines()
        texts += [msgspec.json.decode(line, type=Text).text for line in lines]
    Random(_SEED).shuffle(texts)  # noqa: S311
    return texts


def own_domains() -> Alarms:
    """Look-alikes seen in the protected names' own domains and subdomains."""
    known = brands.read()
    watch = Watch(known)
    names = [domain for brand in known.brands for domain in brand.domains]
    names += [f"{sub}.{name}" for name in names for sub in ("www", "support", "app", "login")]
    found = [hosts.named(name) for name in names]
    n_false = sum(host is None or watch.likeness(host) is not None for host in found)
    return Alarms("own domains", len(names), n_false)


def ordinary_words(data: Path) -> Alarms:
    """Look-alikes seen in ordinary words under `.com`: every word of the ordinary sets."""
    known = brands.read()
    watch = Watch(known)
    words = {
        word
        for name in _ORDINARY
        for text in _texts(data / name)
        for word in _WORD.findall(text.lower())
    }
    own = {word for brand in known.brands for word in brand.words}
    found = [hosts.named(f"{word}.com") for word in sorted(words - own)]
    n_false = sum(host is not None and watch.likeness(host) is not None for host in found)
    return Alarms("ordinary words", len(found), n_false)


def lookup_us(path: Path, names: Sequence[str]) -> dict[str, float]:
    """Microseconds a lookup: minimum of 200 rounds over 200 names."""
    store = Store.open(path)
    listed = [one for one in names if store.kind(one.encode("ascii")) == Kind.DENY][::100][:200]
    cases = {
        "listed": listed,
        "subdomain of a listed name": [f"www.{one}" for one in listed],
        "in no list": [f"{one[::-1].strip('.-')}.test" for one in listed],
    }
    return {name: _best_us(store.find, own) for name, own in cases.items()}


def text_us(detector: Links) -> dict[str, float]:
    """Microseconds a text: minimum of 200 rounds over 20 texts in one batch."""
    texts = {
        "chat without a dot": "gm everyone, what a lovely morning to look at charts with coffee",
        "Chinese chat": "大家早上好，今天的行情怎么样，我觉得还不错",
        "prose of four sentences": "Hello there. How are you today? I think it is fine. Really.",
        "a known site": "see https://www.wikipedia.org/wiki/Tide for more",
        "an unknown site, again": "see https://www.some-new-project.test/docs for more",
        "unknown sites, each new": "see https://www.some-new-project{at}.test/docs for more",
        "defanged look-alikes, each new": "see hxxps://binance-claim{at}[.]test now",
    }
    return {name: _new_us(detector, text) for name, text in texts.items()}


def _new_us(detector: Links, text: str) -> float:
    """Microseconds a text over batches of 20 texts, numbered on where the text has a place."""
    best = float("inf")
    for at in range(_N_ROUNDS):
        numbers = range(_N_TIMED * at, _N_TIMED * (at + 1))
        parts = [TextPart(name="text", text=text.replace("{at}", str(one))) for one in numbers]
        best = min(best, _best_us(detector.predict, [parts], n_rounds=1) / len(parts))
    return round(best, 3)


def _best_us(
    run: Callable[..., object], given: Sequence[object], n_rounds: int = _N_ROUNDS
) -> float:
    best = float("inf")
    for _ in range(n_rounds):
        began_s = time.perf_counter()
        for one in given:
            run(one)
        best = min(best, time.perf_counter() - began_s)
    return round(best / max(1, len(given)) * 1e6, 3)
