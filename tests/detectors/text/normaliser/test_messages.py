"""Texts split over messages."""

import pytest

from detectors.text.normaliser.messages import (
    MAX_GAP_S,
    MAX_MESSAGES,
    MAX_TOGETHER,
    Message,
    joined,
)
from schemas.signals import Span


def sent(*texts: str, gap_s: float = 1.0) -> list[Message]:
    return [Message(text, gap_s * n) for n, text in enumerate(texts)]


def shown(messages: list[Message]) -> list[str]:
    return [one.text for one in joined(messages)]


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        (("w", "a", "l", "l", "e", "t"), "wallet"),
        (("confirm", "your", "wallet"), "confirm your wallet"),
        (("con", "firm your wal", "let"), "confirm your wallet"),
        (("от", "правь день", "ги"), "отправь деньги"),
        (("加", "微", "信"), "加微信"),
        (("d i n", "e r o"), "d i n e r o"),
    ],
)
def test_pieces_are_put_together(texts: tuple[str, ...], whole: str) -> None:
    assert whole in shown(sent(*texts))


def test_one_message_or_none_makes_no_text() -> None:
    assert joined([]) == []
    assert joined(sent("wallet")) == []
    assert joined(sent("", " ")) == []


def test_a_long_message_ends_a_split_text() -> None:
    messages = sent("This is a whole message by itself, so far.", "con", "firm")
    assert shown(messages)[-1] == "confirm"
    assert joined(messages)[0].first == 1


def test_the_last_message_may_be_longer_than_a_piece() -> None:
    assert shown(sent("please", "confirm the wallet that you have opened"))[0].startswith(
        "please c"
    )


def test_a_silence_ends_a_split_text() -> None:
    assert joined(sent("con", "firm", gap_s=MAX_GAP_S + 1)) == []


def test_only_so_many_messages_are_looked_at() -> None:
    found = joined(sent(*(["a"] * (MAX_MESSAGES + 40))))
    assert found[0].first == 40


def test_only_so_many_characters_are_looked_at() -> None:
    (found, *_) = joined(sent(*["a piece of 20 chars."] * 30))
    assert found.first == 30 - MAX_TOGETHER // 20


def test_clocks_that_differ_end_a_split_text() -> None:
    assert joined([Message("con", 100.0), Message("firm", 99.0 - MAX_GAP_S)]) == []


def test_a_stretch_maps_back_to_its_messages() -> None:
    found = joined(sent("con", "firm your wal", "let"))[-1]
    assert found.text == "confirm your wallet"
    assert found.spans(0, 7) == [(0, Span(0, 3)), (1, Span(0, 4))]
    assert found.spans(13, 19) == [(1, Span(10, 13)), (2, Span(0, 3))]
    assert found.spans(2, 2) == []
    with pytest.raises(ValueError, match="not inside"):
        found.spans(0, 99)


def test_a_message_edge_keeps_its_place_in_the_message() -> None:
    found = joined(sent("  hello", "there "))[0]
    assert found.text == "hello there"
    assert found.spans(0, 5) == [(0, Span(2, 7))]
