from typing import Any

import pytest
from msgspec import structs

from streams.agents.worker import warn_of_idle_rules
from streams.lanes import LANES
from streams.pipeline import load_pipeline
from streams.settings import Settings


def test_rules_that_never_fire_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_idle_rules(structs.replace(load_pipeline(Settings()), lanes=LANES), Settings())
    assert caplog.records == []
    warn_of_idle_rules(load_pipeline(Settings(detectors="text.canary")), Settings())
    (record,) = caplog.records
    said: dict[str, Any] = vars(record)
    assert said["levelname"] == "WARNING"
    assert said["n_rules"] == len(said["rules"])
    assert "phishing-remove" in said["rules"]
    assert "phishing-hold" in said["rules"]
    assert "hate-remove" not in said["rules"]
