from pathlib import Path

import pytest

from detectors.refresh import Followed
from detectors.registry import (
    CONTEXT_DETECTORS,
    TEXT_DETECTORS,
    Lists,
    ListUnreadable,
    UnknownDetector,
    check,
    load,
    load_contexts,
    read_canaries,
)
from detectors.text.entities.detector import Entities
from detectors.text.entities.lists import read_addresses
from detectors.text.links.store import Kind, pack, write
from schemas.content import TextPart


def test_detectors_load_in_the_order_named() -> None:
    loaded = load(["text.null", "text.risk", "text.canary"], threads=1)
    assert [one.card.id for one in loaded] == ["text.null@1", "text.risk@4", "text.canary@1"]


def test_a_name_and_its_card_agree() -> None:
    for name in TEXT_DETECTORS:
        assert load([name], threads=1)[0].card.id.split("@")[0] == name
    for name in CONTEXT_DETECTORS:
        assert load_contexts([name])[0].card.id.split("@")[0] == name


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownDetector, match="nothing is not a detector"):
        load(["text.nothing"], threads=1)


def test_each_kind_is_loaded_apart_from_one_list() -> None:
    names = ["text.null", "token.facts", "text.canary"]
    assert [one.card.id for one in load(names, threads=1)] == ["text.null@1", "text.canary@1"]
    assert [one.card.id for one in load_contexts(names)] == ["token.facts@1"]
    with pytest.raises(UnknownDetector, match=r"text\.nothing is not a detector"):
        load_contexts(["text.nothing"])
    with pytest.raises(UnknownDetector, match=r"token\.facts reads no text"):
        load(["token.facts"], threads=1)


ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def labels(name: str, lists: Lists, text: str, part: str = "text") -> dict[str, float]:
    (detector,) = load([name], threads=1, lists=lists)
    (answer,) = detector.predict([TextPart(name=part, text=text)])
    assert isinstance(answer, tuple)
    return {signal.label: signal.score for signal in answer}


def test_lists_are_those_that_are_named(tmp_path: Path) -> None:
    def file(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    store = tmp_path / "links.store"
    write(store, pack({"pelican-gifts.test": Kind.DENY}))
    assert labels("text.links", Lists(links=store), "see pelican-gifts.test/x")["phishing"] == 0.99
    brand = '[[brands]]\nname = "Pelicana"\nwords = ["pelicana"]\ndomains = ["pelicana.test"]\n'
    brands = Lists(brands=file("brands.toml", brand))
    assert "impersonation" in labels("text.links", brands, "see https://pelicana-login.example")
    addresses = Lists(addresses=file("addresses.txt", f"{ADDRESS} # seen twice\n"))
    assert labels("text.entities", addresses, f"mine is {ADDRESS}")["scam"] > 0.9
    names = Lists(names=file("names.toml", '[[names]]\nname = "Pelicana"\naliases = []\n'))
    assert labels("text.entities", names, "I am from Pelicana support")["impersonation"] > 0.6
    content = '[[tokens]]\nsymbol = "PLCN"\nnames = ["Pelicana"]\n'
    tokens = Lists(tokens=file("tokens.toml", content))
    assert labels("text.entities", tokens, "Pelicana (XX)", "name")["impersonation"] > 0.8


def test_listed_addresses_follow_their_file(tmp_path: Path) -> None:
    path = tmp_path / "addresses.txt"
    path.write_text("# none yet\n", encoding="utf-8")
    detector = Entities(listed=Followed(path, read_addresses, every_s=0.0).current)
    part = TextPart(name="text", text=f"mine is {ADDRESS}")

    def score() -> float:
        (answer,) = detector.predict([part])
        assert isinstance(answer, tuple)
        return max(signal.score for signal in answer)

    assert score() < 0.1
    fresh = tmp_path / "fresh"
    fresh.write_text(f"{ADDRESS}\n", encoding="utf-8")
    fresh.replace(path)
    assert score() > 0.9
    path.write_text("0x12\n", encoding="utf-8")
    assert score() > 0.9


@pytest.mark.parametrize(
    ("field", "content", "cause"),
    [
        ("links", None, "No such file or directory"),
        ("links", b"pelican.test\n", "python -m detectors.text.links build"),
        ("brands", b"brands = 1", "Expected `array`"),
        ("brands", b"\xff", "utf-8"),
        ("addresses", None, "No such file or directory"),
        ("addresses", b"0x12\n", "line 1: no address of a known chain"),
        ("names", b"names = [", "Invalid value"),
        ("tokens", b"[[tokens]]\n", "missing required field `symbol`"),
    ],
)
def test_a_list_that_cannot_be_used_is_named(
    tmp_path: Path, field: str, content: bytes | None, cause: str
) -> None:
    path = tmp_path / "list"
    if content is not None:
        path.write_bytes(content)
    name = "text.links" if field in {"links", "brands"} else "text.entities"
    with pytest.raises(ListUnreadable) as raised:
        load([name], threads=1, lists=Lists(**{field: path}))
    with pytest.raises(ListUnreadable):
        check([name, "text.risk"], Lists(**{field: path}))
    check(["text.risk"], Lists(**{field: path}))
    assert str(raised.value).startswith(f"{path}: ")
    assert raised.value.which == field
    assert cause in str(raised.value)
    assert "\n" not in str(raised.value)


def test_canaries_are_read_a_line_each(tmp_path: Path) -> None:
    path = tmp_path / "canaries.txt"
    path.write_text("# ours\nzebra-7f3a91\n\n  heron-55c0e2 \n", encoding="utf-8")
    assert read_canaries(path) == ("zebra-7f3a91", "heron-55c0e2")
    path.write_text("zebra-7f3a91\nshort\n", encoding="utf-8")
    with pytest.raises(ListUnreadable, match="canary 2 has fewer than 8 characters"):
        load(["text.generation"], threads=1, lists=Lists(canaries=path))
