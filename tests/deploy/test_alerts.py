"""Alerts ask for metrics that there are."""

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from streams import metrics

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yml"
RULES = [
    rule
    for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]


def test_names_are_unique() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names) > 0


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_metrics_and_labels_are_there(rule: dict[str, str]) -> None:
    known = {
        name: set(metric._labelnames)
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for name in REGISTRY._get_names(metric)  # type: ignore[no-untyped-call] # no other way
    }
    asked = re.findall(r"tidegate_\w+", rule["expr"])
    assert asked
    labels = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    for name in asked:
        assert name in known
    assert all(any(label in known[name] for name in asked) for label in labels)
