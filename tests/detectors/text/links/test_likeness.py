from pathlib import Path

import pytest

from detectors.text.links import brands, hosts
from detectors.text.links.likeness import Kind, Watch

_FILE = """
lures = ["support", "claim", "wallet", "login"]
ordinary = ["ledge", "finance"]

[[brands]]
name = "Binance"
words = ["binance"]
domains = ["binance.com", "binance.example"]

[[brands]]
name = "Trust Wallet"
words = ["trustwallet"]
domains = ["trustwallet.com"]

[[brands]]
name = "Ledger"
words = ["ledger"]
domains = ["ledger.com"]
is_word = true
"""


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    path = tmp_path_factory.mktemp("brands") / "brands.toml"
    path.write_text(_FILE, encoding="utf-8")
    return Watch(brands.read(path))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bіnance.com", "letters"),
        ("xn--bnance-pvf.com", "letters"),
        ("binance.com.evil.test", "inside"),
        ("www.ledger.com.evil.test", "inside"),
        ("binancecom.test", "inside"),
        ("b1nance.com", "signs"),
        ("blnance.test", "signs"),
        ("binnance.test", "typo"),
        ("trustwalet.test", "typo"),
        ("trustwalllett.test", "typo"),
        ("binance-support.test", "combined"),
        ("loginbinance.test", "combined"),
        ("ledger-wallet.test", "combined"),
        ("binance.evil.test", "subdomain"),
        ("binance.test", "ending"),
    ],
)
def test_look_alikes_are_named(watch: Watch, name: str, kind: Kind) -> None:
    host = hosts.named(name)
    assert host is not None
    found = watch.likeness(host)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "name",
    [
        "binance.com",
        "www.support.binance.com",
        "binance.example",
        "finance.test",
        "ledge.test",
        "ledger.test",
        "my-ledger.test",
        "balance.test",
        "weather.test",
        "192.168.1.1",
    ],
)
def test_own_domains_and_ordinary_words_are_not(watch: Watch, name: str) -> None:
    host = hosts.named(name)
    assert host is not None
    assert watch.likeness(host) is None


def test_shipped_names_are_not_their_own_look_alikes() -> None:
    known = brands.read()
    watch = Watch(known)
    for brand in known.brands:
        for domain in brand.domains:
            for name in (domain, f"www.{domain}", f"support.{domain}"):
                host = hosts.named(name)
                assert host is not None
                assert watch.is_own(host)
                assert watch.likeness(host) is None


def test_shipped_ordinary_words_are_no_look_alikes() -> None:
    known = brands.read()
    watch = Watch(known)
    for word in known.ordinary:
        host = hosts.named(f"{word}.test")
        assert host is not None
        assert watch.likeness(host) is None, word


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "brands.toml"
    path.write_text("brand = []\n", encoding="utf-8")
    with pytest.raises(ValueError, match="brand"):
        brands.read(path)
