"""The documents say what is so: queries run, clients work, nothing that exists is left out."""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import typer
from prometheus_client import REGISTRY

import streams.archive.metrics
import streams.metrics  # noqa: F401 - declares the metrics
from detectors.card import read_all
from detectors.evaluation.redteam.catalogue import ATTACKS
from detectors.registry import NAMES
from detectors.text.risk.detector import MODEL_ID
from schemas.records import DeadLetter, HumanLabel, Source
from schemas.topics import BY_NAME
from schemas.verdicts import Verdict
from streams.archive.archive import ArchivedVerdict, Rows
from streams.archive.embedded import EmbeddedArchive
from streams.cli.main import app
from streams.settings import Settings
from tests import archives

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
STREAMS = (ROOT / "streams" / "README.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "schemas" / "examples"


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedArchive]:
    opened = archives.migrated(tmp_path_factory.mktemp("archive"))
    verdicts = [
        msgspec.json.decode(path.read_bytes(), type=Verdict)
        for path in (EXAMPLES / "moderation.verdicts.v1").glob("*.json")
    ]
    labels = [
        msgspec.json.decode(path.read_bytes(), type=HumanLabel)
        for path in (EXAMPLES / "moderation.labels.v1").glob("*.json")
    ]
    letter = DeadLetter(
        dead_letter_id="6d3cf8a2-0a4c-5a0e-8a54-0c7e7a4b1f00",
        source=Source(topic="square.posts.v1", partition=0, offset=7),
        stage="decode",
        error="EventInvalid",
        message="no JSON",
        key=None,
        value=b"{",
        failed_at=datetime.now(UTC),
    )
    rows = Rows(
        verdicts=tuple(ArchivedVerdict(verdict=verdict) for verdict in verdicts),
        dead_letters=(letter,),
        labels=tuple(labels),
    )
    opened.write(rows, token="docs")  # noqa: S106 - names the block
    yield opened
    opened.close()


@pytest.mark.parametrize("sql", blocks("sql"), ids=lambda sql: sql.split("\n")[0][:40])
def test_every_query_runs_on_the_real_tables(sql: str, archive: EmbeddedArchive) -> None:
    answer = archive.reader().query(sql, form="JSONCompact", parameters={"label": "scam"})
    assert "meta" in json.loads(answer.body)


def test_the_query_of_the_demo_runs(archive: EmbeddedArchive) -> None:
    found = re.search(r'tidegate query "([^"]+)"', README)
    assert found is not None
    assert json.loads(archive.reader().query(found[1], form="JSONCompact").body)["rows"] > 0


def _commands(group: typer.Typer, prefix: str = "tidegate") -> Iterator[str]:
    for command in group.registered_commands:
        yield f"{prefix} {command.name}"
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from _commands(inner.typer_instance, f"{prefix} {inner.name}")


def test_every_command_is_documented() -> None:
    texts = README.replace("show, redrive", "tidegate dlq show tidegate dlq redrive")
    texts = texts.replace("`topics list`", "tidegate topics list")
    missing = [command for command in _commands(app) if command not in texts]
    assert missing == []


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_topic_is_documented(name: str) -> None:
    assert name.removesuffix(".dlq") in README


def test_every_setting_is_documented() -> None:
    names = [f"`TIDEGATE_{field.name.upper()}`" for field in msgspec.structs.fields(Settings)]
    assert [name for name in names if name not in STREAMS] == []


def test_every_metric_is_documented() -> None:
    names = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("tidegate_")}
    assert {name for name in names if f"`{name}" not in STREAMS} == set()


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_detector_is_documented(name: str) -> None:
    assert f"`{name}@" in README
    assert f"`{name}@" in (ROOT / "detectors" / "README.md").read_text(encoding="utf-8")


def test_the_default_of_each_setting_is_documented() -> None:
    assert f"`TIDEGATE_DETECTORS` | `{Settings().detectors}` |" in STREAMS


def test_attacks_are_counted_as_the_catalogue_does() -> None:
    unreleased = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## [")[1]
    own = (ROOT / "detectors" / "evaluation" / "redteam" / "README.md").read_text(encoding="utf-8")
    n_readable = sum(one.is_readable for one in ATTACKS.values())
    assert re.findall(r"(\d+)\s+ways and says how often", README) == [str(len(ATTACKS))]
    assert re.findall(r"(\d+) attacks by name; (\d+) keep", own) == [
        (str(len(ATTACKS)), str(n_readable))
    ]
    assert set(re.findall(r"(\d+) attacks on text", unreleased)) <= {str(len(ATTACKS))}


@pytest.mark.parametrize("document", ["README.md", "detectors/README.md"])
def test_the_size_of_the_text_model_is_that_of_its_files(document: str) -> None:
    card = next(one for one in read_all() if one.id == MODEL_ID)
    sizes = {role: file.size_bytes / 1e6 for role, file in card.files.items()}
    said = f"{sum(sizes.values()):.0f} MB in three files (" + ", ".join(
        f"{role} {size:.1f}" for role, size in sizes.items()
    )
    assert said in (ROOT / document).read_text(encoding="utf-8")


def test_nothing_is_left_to_be_filled_in() -> None:
    assert re.findall(r"^[A-Z]{6,}$", README, flags=re.MULTILINE) == []


def test_links_lead_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *ROOT.glob("[dst]*/**/README.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
