"""Hostile files: each gets its answer or its reason, and costs the process nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from schemas.labels import MediaModality
from streams.media.pool import Pool
from streams.settings import Settings
from tests.hostile.file import HostileFile
from tests.hostile.files import GROUPS, files, n_files
from tests.hostile.run import await_process, lane_of, opened, run

MEMORY_MB = Settings().media_memory_mb
RESIDENT_MB = 1_024
"""Most that a process has in memory, with what is run here."""
TIMEOUT_S = 240.0
"""Time is no matter here: a machine of CI may be slow."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "image": ("image.hash", "image.qr"),
    "av": ("image.hash", "image.qr", "audio.asr"),
}
LEAST = {"image": 35, "video": 18, "audio": 18}
MODALITIES = tuple(GROUPS)


@pytest.fixture(scope="module", params=MODALITIES)
def modality(request: pytest.FixtureRequest) -> MediaModality:
    given: MediaModality = request.param
    return given


@pytest.fixture(scope="module")
def pool(modality: MediaModality) -> Iterator[Pool]:
    lane = lane_of(modality)
    with opened(lane, NAMES[lane], memory_mb=MEMORY_MB, timeout_s=TIMEOUT_S) as made:
        yield made


def test_every_file_gets_its_answer_or_its_reason(
    modality: MediaModality, pool: Pool, tmp_path: Path
) -> None:
    before = await_process(pool)
    ran = list(run(files(modality), pool, tmp_path))
    wrong = [f"{one.name}: {one.fetched}, {one.examined}" for one in ran if not one.is_as_wanted]
    assert wrong == []
    assert [one.name for one in ran if not one.has_survived] == []
    assert await_process(pool) == before
    assert [(one.name, one.private_mb) for one in ran if one.private_mb >= MEMORY_MB] == []
    assert [(one.name, one.resident_mb) for one in ran if one.resident_mb >= RESIDENT_MB] == []


@pytest.mark.parametrize("modality", MODALITIES)
def test_there_are_enough(modality: MediaModality) -> None:
    assert n_files(modality) >= LEAST[modality]


def test_names_are_unique() -> None:
    names = [name for groups in GROUPS.values() for recipes in groups for name in recipes]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_a_file_is_the_same_each_time() -> None:
    def some() -> list[HostileFile]:
        return [file for file in files("image") if "random" in file.name or "noise" in file.name]

    assert some() == some() != []
