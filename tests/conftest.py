"""What every test may use: services that are required or skipped, one embedded broker, profiles."""

import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.services import EmbeddedKafka, require

# Speed is measured in tests/bench, never asserted; a fixed seed keeps CI the same twice.
settings.register_profile(
    "tidegate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", parent=settings.get_profile("tidegate"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tidegate"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under TIDEGATE_REQUIRE_SERVICES=1 a test of services that skips has failed.

    `tests.services.require` does so for the servers; this catches every other reason to skip.
    """
    report = yield
    is_required = os.environ.get("TIDEGATE_REQUIRE_SERVICES") == "1"
    has_skipped = call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception)
    if is_required and call.excinfo and has_skipped and item.get_closest_marker("services"):
        report.outcome = "failed"
        report.longrepr = f"skipped though services are required: {call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def embedded_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """Gives one embedded broker for the whole run: use topics and groups of your own."""
    require(EmbeddedKafka)
    with EmbeddedKafka(tmp_path_factory.mktemp("embedded-kafka")) as broker:
        yield broker
