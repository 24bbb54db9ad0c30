import math
from pathlib import Path

import numpy as np
import pytest

from detectors.text.links import hosts
from detectors.text.links.detector import ROOT
from detectors.text.links.hosts import Host
from detectors.text.links.likeness import Likeness
from detectors.text.links.ngrams import N_BUCKETS, bucket, pieces
from detectors.text.links.url_risk import UrlModel
from detectors.training.url_risk import domains

_WEIGHTS = ROOT / "weights" / "url_risk_1" / "weights.npz"


def _host(name: str) -> Host:
    found = hosts.named(name)
    assert found is not None
    return found


def test_features_are_of_the_name_without_its_suffix() -> None:
    found = pieces(_host("www.pay-now.example"), None)
    assert "^pa" in found.letters
    assert "w$" in found.letters
    assert {"word:pay", "word:now", "suffix:example", "like:none"} <= set(found.facts)
    assert all(0 <= bucket(one) < N_BUCKETS for one in (*found.letters, *found.facts))


def test_a_likeness_is_a_feature() -> None:
    found = pieces(_host("b1nance.test"), Likeness("Binance", "signs", "b1nance"))
    assert "like:signs" in found.facts


@pytest.mark.parametrize(
    "name", ["a.test", f"{'a' * 63}.{'b' * 63}.{'c' * 63}.test", "xn--p1ai.test"]
)
def test_scores_are_probabilities(name: str) -> None:
    score = UrlModel(_WEIGHTS).judge(_host(name), None).score
    assert 0.0 < score < 1.0
    assert not math.isnan(score)


def test_lures_score_above_a_plain_name_and_say_why() -> None:
    model = UrlModel(_WEIGHTS)
    lure = model.judge(_host("wallet-connect-airdrop-claim.com"), None)
    assert lure.score > 0.9
    assert model.judge(_host("riverside-bakery.com"), None).score < 0.1
    assert 0 < len(lure.reasons) <= 3


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, weights=np.zeros(4, np.int8), numbers=np.ones(4))
    with pytest.raises(ValueError, match="no weights"):
        UrlModel(path)


def _data(folder: Path) -> Path:
    for file in domains.DENY_FILES:
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        names = [f"{path.stem}{at}-claim.example" for at in range(40)]
        names += [f"s{at}.campaign-{path.stem}.example" for at in range(20)]
        if path.suffix == ".json":
            path.write_text('{"deny": [' + ", ".join(f'"{one}"' for one in names) + "]}")
        else:
            path.write_text("---\n" + "".join(f"  - url: {one}\n" for one in names))
    tokens = folder / "solana_token_list" / "solana.tokenlist.json"
    tokens.parent.mkdir()
    tokens.write_text(
        '{"tokens": [{"extensions": {"website": "https://www.kind-token.example/x"}}, '
        '{"extensions": {"website": "all1-claim.example"}}, {"symbol": "T"}]}'
    )
    return folder


def test_splits_share_no_registered_domain(tmp_path: Path) -> None:
    rows = domains.build(_data(tmp_path))
    owners: dict[str, set[str]] = {}
    for row in rows:
        owners.setdefault(row.host.registered, set()).add(row.split)
    assert all(len(splits) == 1 for splits in owners.values())
    assert {row.split for row in rows} == {"train", "calibration", "test"}


def test_campaigns_are_thinned_and_blocked_names_are_never_legitimate(tmp_path: Path) -> None:
    rows = domains.build(_data(tmp_path))
    campaign = [row for row in rows if row.host.registered == "campaign-all.example"]
    assert len(campaign) == 3
    legitimate = {row.host.name for row in rows if not row.is_phishing}
    assert "kind-token.example" in legitimate
    assert "all1-claim.example" not in legitimate
