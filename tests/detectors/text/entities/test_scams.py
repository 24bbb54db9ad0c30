from collections.abc import Callable
from pathlib import Path

import pytest

from detectors.text.entities import lists
from detectors.text.entities.detector import Entities
from schemas.content import TextPart
from tests.detectors.text.entities.conftest import Asker

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TON = "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF"
TON_RAW = "0:ca6e321c7cce9ecedf0a8ca2492ec8592494aa5fb5ce0387dff96ef6af982a3e"


def test_an_address_alone_is_no_violation(asker: Asker) -> None:
    (signal,) = asker.signals(f"my address is {ADDRESS} thanks")
    assert signal.score < 0.05
    assert signal.evidence is not None
    assert signal.evidence["address"] == ADDRESS.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Giveaway! Send 1 ETH to {} and get 2 ETH back, double your money",
        "周年庆送币，转账到 {} 双倍返还",
        "Розыгрыш! Отправьте 1 ETH на {} и получите вдвое больше",
        "Sorteo: envía 1 ETH a {} y te devolvemos el doble",
    ],
)
def test_an_address_in_a_giveaway(asker: Asker, text: str) -> None:
    signals = asker.signals(text.format(ADDRESS))
    assert max(signal.score for signal in signals if signal.label == "scam") > 0.7


@pytest.mark.parametrize(
    "text",
    [
        "send 1 ETH to the address below and get double back",
        "向下面的地址转 1 个 ETH，双倍返还",
        "envie 1 ETH e receba o dobro de volta",
        "envoyez 1 ETH et recevez le double",
    ],
)
def test_a_promise_needs_no_address(asker: Asker, text: str) -> None:
    assert asker.score(text, "doubling") > 0.6


@pytest.mark.parametrize(
    "text",
    [
        "scam alert: they say send 1 ETH and get double back, it is fake",
        "how to double your productivity",
        "why do they promise to double the amount?",
    ],
)
def test_talk_of_such_promises(asker: Asker, text: str) -> None:
    assert asker.score(text, "doubling") < 0.5


def test_a_listed_address_is_flagged_in_every_spelling(tmp_path: Path) -> None:
    path = tmp_path / "addresses.txt"
    path.write_text(f"# a comment\n{ADDRESS.lower()}  # reported\n\n{TON_RAW}\n", encoding="utf-8")
    detector = Entities(listed=lists.read_addresses(path))
    for text in (ADDRESS, ADDRESS.lower(), "0x" + ADDRESS[2:].upper(), TON, TON_RAW):
        (signal,) = detector.predict([TextPart(name="text", text=f"pay {text}")])[0]  # type: ignore[misc]
        assert signal.label == "scam"
        assert signal.score >= 0.97


def test_a_list_with_a_slip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "addresses.txt"
    path.write_text(f"{ADDRESS}\n{ADDRESS[:-1]}\n", encoding="utf-8")
    with pytest.raises(lists.UnreadableList, match="line 2"):
        lists.read_addresses(path)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lists.read_names, "names = 3"),
        (lists.read_names, "[[names]\nname ="),
        (lists.read_tokens, "[[tokens]]\nnames = []"),
    ],
)
def test_unreadable_lists(tmp_path: Path, read: Callable[[Path], object], text: str) -> None:
    path = tmp_path / "list.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(lists.UnreadableList, match=r"list\.toml"):
        read(path)


def test_protected_names_may_be_one_s_own() -> None:
    detector = Entities(names=[(lists.ORGANISATION, "Foo Exchange")])
    (signal,) = detector.predict([TextPart(name="text", text="I am from Foo Exchange support")])[0]  # type: ignore[misc]
    assert signal.evidence is not None
    assert signal.evidence["organisation"] == "Foo Exchange"


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("join t.me/example_group", "telegram"),
        ("https://wa.me/12025550143", "whatsapp"),
        ("discord.gg/example", "discord"),
        ("signal.me/#p/+12025550143", "signal"),
        ("line.me/ti/p/example", "line"),
    ],
)
def test_links_to_messengers(asker: Asker, text: str, platform: str) -> None:
    found = [one for one in asker.signals(text) if (one.evidence or {})["kind"] == "off_platform"]
    assert [(one.evidence or {})["platform"] for one in found] == [platform]
    assert all(one.score < 0.5 for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "Message me on WhatsApp +12025550143 for guaranteed profit",
        "加微信 @example 带单稳赚",
        "Пишите мне в телеграм @example, пассивный доход без риска",
        "DM me on telegram @example, I recover stolen funds",
        "Escríbeme a Telegram @example, ganancias garantizadas",
        "hubungi saya di telegram @example profit pasti",
        "텔레그램 @example 연락주세요 수익 보장",
    ],
)
def test_offers_off_the_platform(asker: Asker, text: str) -> None:
    scores = [one.score for one in asker.signals(text) if one.label == "scam"]
    assert max(scores) > 0.6


@pytest.mark.parametrize(
    "text", ["feel free to PM me", "my telegram app crashed", "talk on signal"]
)
def test_ordinary_talk_of_messengers(asker: Asker, text: str) -> None:
    assert all(signal.score < 0.3 for signal in asker.signals(text))


def test_tickers_are_evidence_alone(asker: Asker) -> None:
    (signal,) = asker.signals("watching $BTC, $sol and ETHUSDT")
    assert signal.score < 0.05
    assert signal.evidence is not None
    assert signal.evidence["tickers"] == "BTC SOL ETHUSDT"


def test_pump_talk_beside_a_ticker(asker: Asker) -> None:
    text = "everyone buy $FOO at the same time, next pump starts now, 100x"
    assert asker.score(text, "ticker") >= 0.5


@pytest.mark.parametrize("text", ["$100 and $5k", "costs 3$", "US$ rate"])
def test_money_is_no_ticker(asker: Asker, text: str) -> None:
    assert asker.score(text, "ticker") == 0.0


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("contact me at jane@mail.example", "mail"),
        ("email me: jane@mail.example", "mail"),
        ("reach me on +44 20 7946 0958", "phone"),
        ("whatsapp: +44 20 7946 0958", "whatsapp"),
    ],
)
def test_ways_off_by_mail_and_phone(asker: Asker, text: str, platform: str) -> None:
    found = [one.evidence for one in asker.signals(text) if one.label == "spam"]
    assert [(one or {})["platform"] for one in found] == [platform]
    assert [(one or {})["via"] for one in found] == ["handle"]
