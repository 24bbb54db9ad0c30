"""Hostile addresses: each is refused with its reason, and nothing else is connected to."""

from pathlib import Path

import pytest

from tests.hostile.asking import ask
from tests.hostile.urls import HostileUrl, lay, urls


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(tmp_path_factory.mktemp("files"))


@pytest.mark.parametrize("url", urls(), ids=lambda url: ascii(url.uri)[:50])
def test_a_hostile_address(url: HostileUrl, root: Path) -> None:
    asked = ask(url, root)
    assert asked.is_as(url), asked


def test_there_are_enough() -> None:
    assert len(urls()) >= 40
