import msgspec

from detectors.card import read_all
from detectors.text.risk.detector import MODEL_ID
from detectors.training.text_risk import cards


def test_the_card_that_ships_is_what_would_be_written() -> None:
    shipped = next(card for card in read_all() if card.id == MODEL_ID)
    limits = {str(label): value for label, value in shipped.thresholds.items()}
    discounts = {str(label): value for label, value in shipped.part_discounts.items()}
    written = cards.describe(limits, discounts, early_exit=shipped.early_exit)
    assert msgspec.structs.replace(shipped, canonical=(), quality=()) == written
