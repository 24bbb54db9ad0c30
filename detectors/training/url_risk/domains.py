"""Hosts to learn from and to measure on: blocked ones and legitimate ones, split by who registers.

Blocked: the domain lists of the shared data. Legitimate: websites of the token list, hosts named
in the data sets that are neither spam nor attacks, the home pages that the Public Suffix List
names for its registries and platforms, authored names of small firms, and the shipped allow list
(in training only: it never reaches the model).
"""

import importlib.resources
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detectors.text.links import hosts, lists
from detectors.text.links.hosts import Host
from detectors.training.url_risk import authored
from detectors.training.url_risk.authored import Split, split_of

DENY_FILES: Final = (
    "polkadot_phishing/all.json",
    "phantom_blocklist/eth-blocklist.yaml",
    "phantom_blocklist/blocklist.yaml",
    "discord_phishing/domain-list.json",
)
_TOKENS: Final = "solana_token_list/solana.tokenlist.json"
_MENTIONS: Final = (
    "assistant_prompts",
    "bitcoin_org",
    "cold_zh",
    "covid_constraint",
    "davidson_hate",
    "edos_sexism",
    "korean_hate",
    "self_instruct",
    "surge_stocks",
    "toxic_spans",
)
"""Data sets whose links are ordinary people's."""
_URL: Final = re.compile(r"(?:https?://|www\.)([A-Za-z0-9.\-]+\.[A-Za-z]{2,})")
_HOME: Final = re.compile(r"^//.*?https?://([A-Za-z0-9.\-]+)", re.MULTILINE)
_MAX_OF_ONE: Final = 3
"""Hosts kept of one registered domain: some campaigns have hundreds."""


class Domain(Struct, frozen=True):
    """A host with its label; `source` names the list or data set."""

    host: Host
    is_phishing: bool
    source: str
    split: Split


class _Token(Struct):
    extensions: dict[str, msgspec.Raw] = {}


class _TokenList(Struct):
    tokens: list[_Token]


def blocked(data: Path) -> dict[str, str]:
    """Every blocked name of the lists, with the first list that has it."""
    found: dict[str, str] = {}
    for name in DENY_FILES:
        for entry in lists.read(data / name, is_allow=False).deny:
            if "/" not in entry:
                found.setdefault(entry.removeprefix("*."), name.split("/")[0])
    return found


def websites(data: Path) -> list[str]:
    """The website hosts of the token list, in its order, each once."""
    tokens = msgspec.json.decode((data / _TOKENS).read_bytes(), type=_TokenList).tokens
    written = (
        msgspec.json.decode(token.extensions["website"], type=str)
        for token in tokens
        if "website" in token.extensions
    )
    return list(dict.fromkeys(re.split(r"[/?#\s]", _bare(one), maxsplit=1)[0] for one in written))


def _bare(url: str) -> str:
    return re.sub(r"^[a-z]+:/+", "", url.strip().lower())


def _mentioned(data: Path) -> Iterator[tuple[str, str]]:
    for name in _MENTIONS:
        for path in sorted((data / name).rglob("*")):
            if path.suffix in {".jsonl", ".csv", ".txt", ".json", ".tsv"} and path.stem != "SOURCE":
                text = path.read_text(encoding="utf-8", errors="replace")
                yield from ((host.lower(), name) for host in _URL.findall(text))


def _homes() -> Iterator[str]:
    file = importlib.resources.files("publicsuffixlist") / "public_suffix_list.dat"
    yield from (host.lower() for host in _HOME.findall(file.read_text(encoding="utf-8")))


def legitimate(data: Path) -> dict[str, str]:
    """Every legitimate host, with its source."""
    found: dict[str, str] = {}
    for entry in lists.read(lists.DEFAULT_ALLOW, is_allow=True).allow:
        found.setdefault(entry.removeprefix("*."), "allow list")
    for host in websites(data):
        found.setdefault(host, "token list")
    for host, name in _mentioned(data):
        found.setdefault(host, name)
    for host in _homes():
        found.setdefault(host, "suffix list")
    for host in authored.names():
        found.setdefault(host, "authored")
    return found


def build(data: Path) -> list[Domain]:
    """All hosts with label and split, in a fixed order, `_MAX_OF_ONE` a registered domain."""
    deny = blocked(data)
    rows = list(_rows(deny.items(), is_phishing=True))
    listed = {row.host.registered for row in rows} | set(deny)
    benign = [
        row
        for row in _rows(legitimate(data).items(), is_phishing=False)
        if row.host.registered not in listed and row.host.name not in listed
    ]
    own = authored.names()
    known = {row.host.registered for row in benign if row.source == "allow list"}
    owners: dict[str, Split] = {}
    placed = [_placed(row, own, known) for row in benign]
    return rows + [
        msgspec.structs.replace(row, split=owners.setdefault(row.host.registered, row.split))
        for row in placed
    ]


def _placed(row: Domain, own: Mapping[str, Split], known: set[str]) -> Domain:
    """The row in the split where its words or its owner's other hosts are."""
    split = "train" if row.host.registered in known else row.split
    if row.source == "authored":
        split = own[row.host.name]
    return msgspec.structs.replace(row, split=split)


def _rows(names: Iterable[tuple[str, str]], *, is_phishing: bool) -> Iterator[Domain]:
    n_of: Counter[str] = Counter()
    seen: set[str] = set()
    for name, source in sorted(names):
        host = hosts.named(name.removeprefix("www."))
        if host is None or host.is_ip or host.name in seen:
            continue
        seen.add(host.name)
        n_of[host.registered] += 1
        if n_of[host.registered] <= _MAX_OF_ONE:
            yield Domain(host, is_phishing, source, split_of(host.registered))
