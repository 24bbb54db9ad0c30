"""Responses to stream: whole, in chunks, with the violation where it is said to be."""

import json

import pytest
from tokenizers import Tokenizer

from detectors import card as cards
from detectors.text.risk.detector import MODEL_ID, ROOT
from streams.bench.responses import (
    CHUNK_TOKENS,
    Response,
    Stopped,
    chunks_of,
    records_of,
    responses,
)

RESPONSES = responses()


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(ROOT / cards.read(MODEL_ID).files["tokenizer"].path))


def test_there_are_enough_in_enough_languages() -> None:
    violating = [one for one in RESPONSES if one.kind != "harmless"]
    assert len(violating) >= 60
    assert len({one.lang for one in violating}) >= 12
    assert len({one.text for one in RESPONSES}) == len(RESPONSES)
    assert [one.text for one in responses()] == [one.text for one in RESPONSES]


def test_chunks_are_the_whole_response(tokenizer: Tokenizer) -> None:
    for number, response in enumerate(RESPONSES):
        records = records_of(number, response, tokenizer)
        events = [json.loads(record.value or b"") for record in records]
        assert "".join(event["response"] for event in events) == response.text
        assert [event["chunk"]["sequence"] for event in events] == list(range(len(events)))
        assert [event["chunk"]["is_last"] for event in events[-2:]] == [False, True]


def test_chunks_have_so_many_tokens(tokenizer: Tokenizer) -> None:
    for response in RESPONSES:
        for low, high in chunks_of(response.text, tokenizer):
            n = len(tokenizer.encode(response.text[low:high], add_special_tokens=False).ids)
            assert n <= CHUNK_TOKENS + 4


def stopped(at: int | None, kind: str = "scam") -> str:
    response = Response(lang="en", kind=kind, text="", low=0, high=1)
    return Stopped(response=response, n_chunks=9, first=2, last=3, at=at).outcome


def test_outcomes() -> None:
    found = [stopped(at) for at in (None, 1, 2, 3, 4)]
    assert found == ["missed", "early", "exact", "exact", "late"]
    assert [stopped(at, "harmless") for at in (None, 0)] == ["passed", "stopped"]
