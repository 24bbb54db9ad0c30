"""The shipped tokenizer cuts fixed strings as it did when the model was trained."""

from pathlib import Path

import msgspec
import pytest
from tokenizers import Tokenizer

from detectors import card as cards
from detectors.session import verified
from detectors.text.risk.detector import MODEL_ID, ROOT


class Recorded(msgspec.Struct):
    text: str
    ids: list[int]


RECORDED = msgspec.json.decode(
    (Path(__file__).parent / "tokenizer_ids.json").read_bytes(), type=list[Recorded]
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(verified(ROOT, cards.read(MODEL_ID).files["tokenizer"])))


@pytest.mark.parametrize("recorded", RECORDED, ids=range(len(RECORDED)))
def test_ids_are_the_recorded_ones(tokenizer: Tokenizer, recorded: Recorded) -> None:
    assert tokenizer.encode(recorded.text).ids == recorded.ids
