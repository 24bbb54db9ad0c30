from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from detectors.image import classifier
from streams.agents.worker import warn_of_idle_rules
from streams.lanes import LANES
from streams.pipeline import load_pipeline, load_policy
from streams.settings import Settings

from .samples import pipeline, policy_of, rule

EXAMPLES = Path(classifier.__file__).parent / "examples"


def test_rules_that_never_fire_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    shipped = load_policy(Settings())
    warn_of_idle_rules(structs.replace(load_pipeline(Settings()), lanes=LANES), Settings(), shipped)
    assert caplog.records == []
    warn_of_idle_rules(load_pipeline(Settings(detectors="text.canary")), Settings(), shipped)
    (record,) = caplog.records
    said: dict[str, Any] = vars(record)
    assert said["levelname"] == "WARNING"
    assert said["n_rules"] == len(said["rules"])
    assert "phishing-remove" in said["rules"]
    assert "phishing-hold" in said["rules"]
    assert "hate-remove" not in said["rules"]


def test_rules_on_an_operator_s_classifier_fire_where_a_lane_runs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    named = rule("own", "violence", 0.6, "hold", detectors=("image.clipart_weapon",))
    known = named.detectors
    judging = pipeline(policy_=policy_of(named, known=known))
    settings = Settings(detectors="text.canary", classifiers=EXAMPLES)
    warn_of_idle_rules(structs.replace(judging, lanes=LANES), settings, judging.policy)
    assert caplog.records == []
    warn_of_idle_rules(judging, settings, judging.policy)
    assert [vars(record)["rules"] for record in caplog.records] == [["own"]]
