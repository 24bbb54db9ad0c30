import pytest

from detectors.registry import TEXT_DETECTORS, UnknownDetector, load


def test_detectors_load_in_the_order_named() -> None:
    loaded = load(["text.null", "text.risk", "text.canary"], threads=1)
    assert [one.card.id for one in loaded] == ["text.null@1", "text.risk@1", "text.canary@1"]


def test_a_name_and_its_card_agree() -> None:
    for name in TEXT_DETECTORS:
        assert load([name], threads=1)[0].card.id.split("@")[0] == name


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownDetector, match="nothing is not a detector"):
        load(["text.nothing"], threads=1)
