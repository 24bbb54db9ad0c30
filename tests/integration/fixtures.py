"""Fixtures shared by tests/integration and tests/chaos: brokers, and systems on them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from schemas.topics import ALL_TOPICS
from tests.integration.account import Figures
from tests.integration.processes import wait_for
from tests.integration.system import System
from tests.services import ApacheKafka, Broker, EmbeddedKafka, require

MakeSystem = Callable[..., System]
Note = Callable[..., None]

EACH_BROKER = [
    pytest.param(EmbeddedKafka, id="embedded"),
    pytest.param(ApacheKafka, id="kafka", marks=pytest.mark.services),
]
FIGURES = "figures"


@pytest.fixture(scope="package")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Gives one Apache Kafka for the folder's tests; each test finds it without topics."""
    require(ApacheKafka)
    with ApacheKafka(tmp_path_factory.mktemp("kafka") / "data") as started:
        yield started


@pytest.fixture(params=EACH_BROKER)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Gives a broker without topics: an embedded one of the test's own, or Apache Kafka."""
    if request.param is ApacheKafka:
        shared: ApacheKafka = request.getfixturevalue("apache_kafka")
        yield shared
        _drop_topics(shared.bootstrap)
        return
    require(EmbeddedKafka)
    with EmbeddedKafka(tmp_path / "broker") as started:
        yield started


def _drop_topics(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    ours = {topic.name for topic in ALL_TOPICS}

    def present() -> set[str]:
        return ours & set(admin.list_topics(timeout=30).topics)

    if found := present():
        for future in admin.delete_topics(sorted(found)).values():
            future.result(30)
    wait_for(lambda: not present(), "the topics are gone")


@pytest.fixture
def system(broker: Broker, tmp_path: Path) -> Iterator[System]:
    """Gives a system without processes on the broker."""
    with System(broker, tmp_path / "system") as made:
        yield made


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Gives a function that puts figures into the summary at the end of the run."""

    def write(figures: Figures | None, **more: object) -> None:
        counted = (
            ""
            if figures is None
            else (
                f"{figures.n_events:,} events, {figures.n_verdicts:,} with a verdict, "
                f"{figures.n_dead_letters} dead letters, {figures.n_filtered} filtered, "
                f"{figures.n_repeated:,} answers repeated"
            )
        )
        seconds = [
            f"{name.replace('_', ' ')} {value:.1f}" if isinstance(value, float)
            else f"{name.replace('_', ' ')} {value}"
            for name, value in more.items()
        ]  # fmt: skip
        record_property(FIGURES, ", ".join(filter(None, [counted, *seconds])))

    return write


def summarise(reporter: pytest.TerminalReporter, folder: str) -> None:
    """Prints the figures that the tests below `folder` noted."""
    lines = [
        f"{report.nodeid.rsplit('::', 1)[-1]}: {value}"
        for report in reporter.getreports("passed")
        if report.nodeid.startswith(f"{folder}/")
        for name, value in report.user_properties
        if name == FIGURES
    ]
    if lines:
        reporter.section(f"figures of {folder}", sep="-")
        for line in lines:
            reporter.write_line(line)


__all__ = ["MakeSystem", "Note", "apache_kafka", "broker", "note", "summarise", "system"]
