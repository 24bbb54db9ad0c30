"""The page on what became of hostile files and addresses."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from detectors.examiners import LaneName
from tests.hostile.asking import Asked
from tests.hostile.file import ANSWERED, IN_PART
from tests.hostile.run import Ran
from tests.hostile.urls import FETCHED, HostileUrl

ABOUT = """\
Every file is made by code when it is needed, fetched from a \
folder by the fetcher, and examined by a process of a media lane, whatever fetching said of it; \
every address is given to the fetcher, over TLS where something answers. `tests/hostile` runs the \
same with fewer detectors, `tests/integration/test_hostile.py` through a worker and both lanes."""
CONNECTED = """\
No connection was begun to any address but the one that stands for the public internet."""
LIMITED = """\
what asks for more fails, and that is a reason too (`out_of_memory`). Resident memory counts the \
files that it maps as well."""
STANDS = """\
`media.test` leads to 127.0.0.1, which stands for a public address; all others are judged as in \
production. The port is the server's own."""
HEADS = {"image": "Pictures", "video": "Clips", "audio": "Recordings"}


class Report(Struct, frozen=True, kw_only=True):
    """All that a run found. Processes are those that examine, by lane."""

    command: str
    """With which it was asked for."""
    detectors: Mapping[LaneName, Sequence[str]]
    """The ids of what examined."""
    memory_mb: int
    """The limit of a process's private memory."""
    timeouts_s: Mapping[LaneName, float]
    idle_mb: Mapping[LaneName, tuple[float, float]]
    """Resident and private memory before the first file."""
    libraries: Mapping[str, str]
    files: Sequence[Ran]
    urls: Sequence[tuple[HostileUrl, Asked]]

    @property
    def is_as_wanted(self) -> bool:
        """Whether all became what they must."""
        return all(one.is_as_wanted and one.has_survived for one in self.files) and all(
            asked.is_as(url) for url, asked in self.urls
        )


def page(report: Report) -> str:
    """Gives the page, in Markdown."""
    parts = [_start(report), _processes(report)]
    parts += [_files(head, report.files, modality) for modality, head in HEADS.items()]
    parts.append(_urls(report.urls))
    return "\n\n".join(parts) + "\n"


def _start(report: Report) -> str:
    said = Counter(_sort(one) for one in report.files)
    wrong = [one.name for one in report.files if not one.is_as_wanted]
    wrong += [url.uri for url, asked in report.urls if not asked.is_as(url)]
    n_ended = sum(not one.has_survived for one in report.files)
    n_refused = sum(asked.code != FETCHED for _, asked in report.urls)
    versions = ", ".join(f"{name} {version}" for name, version in report.libraries.items())
    n_safe = len(report.urls) - n_refused
    return f"""# Hostile files and addresses

Written by `{report.command}`. {ABOUT}

- **{len(report.files)} files**: {said[ANSWERED]} answered, {said[IN_PART]} answered in part \
(what could be read of them), {said["reason"]} with a named reason. Processes ended: {n_ended}.
- **{len(report.urls)} addresses**: {n_refused} refused with a named reason, {n_safe} harmless in \
the end. {CONNECTED}
- Otherwise than expected: {", ".join(wrong) or "none"}.

{versions}."""


def _processes(report: Report) -> str:
    lines = []
    for lane, ids in report.detectors.items():
        ran = [one for one in report.files if (one.modality == "image") == (lane == "image")]
        resident = max(ran, key=lambda one: one.resident_mb)
        private = max(ran, key=lambda one: one.private_mb)
        slowest = max(ran, key=lambda one: one.cpu_s)
        idle = report.idle_mb[lane]
        lines.append(
            f"| {lane} | {len(ran)} | {idle[0]:.0f}, {idle[1]:.0f} "
            f"| **{resident.resident_mb:.0f}** (`{resident.name}`) "
            f"| **{private.private_mb:.0f}** (`{private.name}`) "
            f"| {slowest.cpu_s:.1f} (`{slowest.name}`) | {report.timeouts_s[lane]:.0f} "
            f"| {', '.join(f'`{one}`' for one in ids)} |"
        )
    return f"""## The processes

One process a lane examined all files one after the other. The system limits its private memory to \
**{report.memory_mb} MiB**: {LIMITED}

| lane | files | MiB before: resident, private | most resident, MiB | most private, MiB | \
most processor time, s | limit, s | detectors |
|---|---|---|---|---|---|---|---|
{chr(10).join(lines)}"""


def _sort(one: Ran) -> str:
    return one.examined if one.examined in {ANSWERED, IN_PART} else "reason"


def _files(head: str, files: Sequence[Ran], modality: str) -> str:
    rows = [
        f"| `{one.name}` | {one.about} | {_size(one.n_bytes)} | {one.fetched} | {_outcome(one)} "
        f"| {one.cpu_s:.1f} | {one.resident_mb:.0f} |"
        for one in files
        if one.modality == modality
    ]
    return f"""## {head}

{len(rows)} files. What fetching refuses, no process sees; here each is examined all the same.

| file | what | size | fetched as | outcome | processor s | resident MiB |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}"""


def _outcome(one: Ran) -> str:
    if one.examined == ANSWERED:
        return ANSWERED
    word = one.examined if one.examined == IN_PART else f"`{one.examined}`"
    return f"{word}: {_cell(one.cause)}" if one.cause else word


def _size(n_bytes: int) -> str:
    if n_bytes < 10_000:
        return f"{n_bytes} B"
    is_small = n_bytes < 1_000_000
    return f"{n_bytes / 1_000:.0f} kB" if is_small else f"{n_bytes / 1_000_000:.1f} MB"


def _urls(urls: Iterable[tuple[HostileUrl, Asked]]) -> str:
    rows = [f"| {_address(url.uri)} | {_cell(url.about)} | {_told(asked)} |" for url, asked in urls]
    return f"""## Addresses

{STANDS}

| address | what | outcome |
|---|---|---|
{chr(10).join(rows)}"""


def _told(asked: Asked) -> str:
    return "fetched, from the address that was checked" if asked.code == FETCHED else asked.code


def _address(uri: str) -> str:
    shown = ascii(uri)[1:-1] if not uri.isascii() or not uri.isprintable() else uri
    cut = shown if len(shown) <= 70 else f"{shown[:60]}... ({len(uri)} characters)"
    return f"`{_cell(cut)}`" if cut else "(nothing)"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
