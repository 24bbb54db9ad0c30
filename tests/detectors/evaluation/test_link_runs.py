"""The measurements of `text.links` on made lists and texts."""

from pathlib import Path

import pytest

from detectors.evaluation import link_runs
from detectors.evaluation.link_forms import FORMS
from detectors.evaluation.link_runs import Counts
from detectors.text.links.detector import Links
from detectors.text.links.store import Kind, Store
from tests.detectors.evaluation.link_samples import BLOCKED, SITES, write_data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def test_rates_are_shares_of_what_is_there() -> None:
    one = Counts("lists", n_phishing=8, n_legitimate=4, n_found=6, n_false=2)
    assert (one.precision, one.recall, one.false_rate) == (0.75, 0.75, 0.5)
    none = Counts("nothing", 0, 0, 0, 0)
    assert (none.precision, none.recall, none.false_rate) == (0, 0, 0)


def test_a_store_holds_the_names_that_are_kept(data: Path, tmp_path: Path) -> None:
    store = Store.open(link_runs.store_of(data, BLOCKED[0].__eq__, tmp_path, "one"))
    assert store.kind(BLOCKED[0].encode()) == Kind.DENY
    assert store.kind(BLOCKED[1].encode()) != Kind.DENY


def test_a_drawn_domain_is_a_website_or_a_blocked_one(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_runs, "N_DOMAINS", len(SITES) + 10)
    rows = link_runs.drawn(data)
    assert rows[: len(SITES)] == [(site, False) for site in SITES]
    assert len({name for name, is_phishing in rows if is_phishing} & set(BLOCKED)) == 10


def test_what_is_listed_is_found_and_sites_are_not(data: Path, tmp_path: Path) -> None:
    detector = Links(store=link_runs.store_of(data, lambda _: True, tmp_path, "all"))
    rows = [*((name, True) for name in BLOCKED), *((site, False) for site in SITES)]
    found = link_runs.judged("all", rows, detector)
    assert (found.n_phishing, found.n_legitimate) == (len(BLOCKED), len(SITES))
    assert (found.recall, found.n_false) == (1.0, 0)


def test_hidden_addresses_are_looked_for_in_every_form(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = 2 * len(FORMS)
    monkeypatch.setattr(link_runs, "N_HIDDEN", n)
    found = link_runs.hidden(data)
    assert found.n == n
    assert found.n_plain_pattern < 0.5 * n < 0.9 * n < found.n_recovered
    n_missed = sum(int(of) - int(got) for got, _, of in map(str.split, found.missed.values()))
    assert n_missed == n - found.n_recovered


def test_ordinary_texts_and_words_are_no_alarms(data: Path) -> None:
    assert [(one.n, one.n_false) for one in link_runs.ordinary_texts(data, Links())] == [(3, 0)] * 9
    words = link_runs.ordinary_words(data)
    assert words.n > 3
    assert words.n_false == 0
    assert link_runs.own_domains().n_false == 0
