"""Fixtures of the tests on running systems, and the figures that they noted."""

import pytest

from tests.integration.fixtures import apache_kafka, broker, note, summarise, system

__all__ = ["apache_kafka", "broker", "note", "system"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    summarise(terminalreporter, "tests/integration")
