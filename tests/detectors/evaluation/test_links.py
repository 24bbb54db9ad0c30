import re
from pathlib import Path

import msgspec
import pytest

from detectors.evaluation import link_runs, links
from detectors.evaluation.link_forms import FORMS
from detectors.evaluation.links import Report
from tests.detectors.evaluation.link_samples import BLOCKED, SITES, write_data


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.setattr(link_runs, "N_DOMAINS", len(BLOCKED) + len(SITES))
    monkeypatch.setattr(link_runs, "N_HIDDEN", len(FORMS))
    monkeypatch.setattr(link_runs, "_N_ROUNDS", 1)
    return links.measure(write_data(tmp_path))


def test_the_report_holds_what_was_measured(report: Report) -> None:
    whole, part, unlisted = report.domains
    assert (whole.n_phishing, whole.n_legitimate, whole.recall) == (len(BLOCKED), len(SITES), 1.0)
    assert part.n_phishing == whole.n_phishing
    assert 0 < unlisted.n_phishing < whole.n_phishing
    assert report.unseen.n_phishing == unlisted.n_phishing
    assert report.n_listed == len(BLOCKED)
    assert all(value > 0 for value in (*report.lookup_us.values(), *report.text_us.values()))
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_the_page_says_the_figures_of_the_report(report: Report) -> None:
    text = links.markdown(report)
    assert f"| all lists loaded | {len(BLOCKED)} | {len(SITES)} | " in text
    assert f"## {len(BLOCKED) + len(SITES)} domains of block lists and the token list" in text
    assert f"**{report.hidden.n_recovered} of {report.hidden.n} recovered**" in text
    for one in (*report.ordinary, *report.likeness):
        assert f"| {one.name} | {one.n} | {one.n_false} |" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(re.fullmatch(r"(\|[^|]+)+\|", row) for row in rows)
