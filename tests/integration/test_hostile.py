"""Hostile files and addresses, posted: every item gets its final verdict, and the lanes live on."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from schemas.bounds import Uri
from schemas.events import SquarePost
from schemas.labels import MediaModality
from schemas.verdicts import Verdict
from streams.fetching.kinds import MODALITIES
from streams.fetching.refusals import LINES
from streams.media.examining import OTHER_MODALITY
from tests.hostile.file import ANSWERED, IN_PART
from tests.hostile.files import files
from tests.hostile.urls import WRITTEN
from tests.integration.load import Sample, send
from tests.integration.processes import Worker, wait_for
from tests.integration.system import System
from tests.integration.test_media import post, revisions
from tests.services import EmbeddedKafka

LIMIT_S = 600.0
N_ACTORS = 23
GIVEN = {
    "detectors": "text.canary,text.null",
    "image_detectors": "image.hash,image.qr",
    "av_detectors": "image.hash,image.qr,audio.asr",
    # How fast the machine is must not matter.
    "media_deadline_s": LIMIT_S,
    "image_timeout_s": 200,
    "av_timeout_s": 200,
}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with EmbeddedKafka(tmp_path / "broker") as broker, System(broker, tmp_path / "system") as made:
        yield made


class Expected(msgspec.Struct, frozen=True):
    """What an item's verdict must name: causes of which one is there, or none."""

    modality: MediaModality
    causes: frozenset[str]


def posted(folder: Path) -> Iterator[tuple[Sample, Expected]]:
    """Gives a post of every file, laid into the folder, and of every address that fits a post."""
    for number, file in enumerate(files()):
        (folder / file.name).write_bytes(file.content)
        causes = set(file.examined.split("|"))
        if file.fetched in LINES:
            causes = {file.fetched}
        elif not is_of(file.fetched, file.modality):
            causes = {OTHER_MODALITY}
        sample = post(
            number, (f"file://{folder}/{file.name}", file.modality), actor=actor_of(number)
        )
        yield sample, Expected(file.modality, frozenset(causes))
    for number, url in enumerate(WRITTEN, 10_000):
        if url.uri.startswith("file:") or not is_uri(url.uri):
            continue
        sample = post(number, (url.uri, "image"), actor=actor_of(number))
        yield sample, Expected("image", frozenset(url.code.split("|")))


def is_of(kind: str, modality: MediaModality) -> bool:
    """Whether a file of this kind can be of a modality: clips and recordings share containers."""
    found = MODALITIES[kind]  # type: ignore[index]
    return found == modality or {found, modality} == {"audio", "video"}


def actor_of(number: int) -> str:
    return f"a-{number % N_ACTORS}"


def is_uri(uri: str) -> bool:
    """Whether an address fits an event; what does not is a dead letter."""
    try:
        msgspec.convert(uri.encode().decode(), type=Uri)
    except (UnicodeError, msgspec.ValidationError):
        return False
    return True


def item_of(sample: Sample) -> str:
    return msgspec.json.decode(sample.record.value or b"", type=SquarePost).post_id


def told(verdict: Verdict, modality: MediaModality) -> str:
    """Gives what a verdict says of its file, in the corpus's words."""
    whole = [one for one in verdict.unanswered if one.detector == f"{modality}.*"]
    if whole:
        return whole[0].cause.partition(":")[0]
    return IN_PART if verdict.unanswered else ANSWERED


def children(worker: Worker) -> frozenset[str]:
    """Gives the processes that examine for a lane."""
    pid = worker.process.pid
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return frozenset(found.split())


def await_all(system: System, names: Sequence[str]) -> dict[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {}

    def are_final() -> bool:
        found.clear()
        found.update(revisions(system))
        return all(name in found and found[name][-1].status == "final" for name in names)

    wait_for(are_final, "all items have a final verdict", LIMIT_S)
    return found


def test_every_hostile_item_gets_its_final_verdict(system: System) -> None:
    folder = system.folder / "media"
    folder.mkdir()
    items = list(posted(folder))
    given = {**GIVEN, "lanes": "image,av", "media_root": folder}
    system.workers(1, **given)
    lanes = [system.lane(name, **given) for name in ("image", "av")]
    before = [(lane.process.pid, children(lane)) for lane in lanes]
    send(system.broker.bootstrap, [sample for sample, _ in items])

    found = await_all(system, [item_of(sample) for sample, _ in items])

    asked = system.command("audit", "loss", settings={"lanes": "image,av"})
    assert asked.code == 0, asked.out
    wrong = {}
    for sample, expected in items:
        first, last = found[item_of(sample)]
        assert (first.status, first.revision) == ("partial", 1)
        assert (last.status, last.pending) == ("final", ())
        assert last.revision > first.revision
        if told(last, expected.modality) not in expected.causes:
            wrong[item_of(sample)] = (told(last, expected.modality), expected.causes)
    assert wrong == {}
    assert [(lane.process.pid, children(lane)) for lane in lanes] == before
    assert all(lane.is_running for lane in lanes)
    assert sum(lane.metric("tidegate_examiners_ended_total") for lane in lanes) == 0
