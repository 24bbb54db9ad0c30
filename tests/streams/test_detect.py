import logging
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.canary import Canary
from detectors.detector import Context
from detectors.null import Null
from schemas.content import Item, MediaPart, TextPart
from schemas.signals import Signal
from streams.detect import detect

from .samples import Scripted, card, item

CARRIED = "text.scripted@1"


def of(*texts: str, media: Sequence[str] = ()) -> Item:
    return item(
        texts=tuple(TextPart(name=f"text[{i}]", text=text) for i, text in enumerate(texts)),
        media=tuple(
            MediaPart(name=f"media[{i}]", modality=modality, uri="u")  # type: ignore[arg-type] # a modality
            for i, modality in enumerate(media)
        ),
    )


def test_signals_stay_with_their_item_and_part() -> None:
    judged = detect([of("gm", "spam"), of(), of("spam")], [Scripted()])
    assert [[(s.part, s.score) for s in entry.signals] for entry in judged] == [
        [("text[0]", 0.2), ("text[1]", 0.9)],
        [],
        [("text[0]", 0.9)],
    ]
    assert all(entry.missing == () for entry in judged)


def test_each_detector_is_asked_once_a_batch_and_timed() -> None:
    first, second = Scripted(), Scripted("text.other@1")
    judged = detect([of("gm"), of("gm", "gn")], [first, second])
    assert (first.n_calls, second.n_calls) == (1, 1)
    for entry in judged:
        assert [stage.name for stage in entry.stages] == [CARRIED, "text.other@1"]
        assert all(stage.ms >= 0 for stage in entry.stages)
        assert {signal.detector for signal in entry.signals} == {CARRIED, "text.other@1"}


def test_no_items_and_no_parts() -> None:
    detector = Scripted()
    assert detect([], [detector]) == []
    (judged,) = detect([of()], [detector])
    assert (judged.signals, judged.missing) == ((), ())
    assert detector.n_calls == 0


def test_undecodable_part_is_missing_and_its_neighbours_are_not() -> None:
    bad, good = detect([of("gm", "unreadable"), of("spam")], [Scripted(), Canary()])
    assert bad.missing == (CARRIED,)
    assert [signal.part for signal in bad.signals] == ["text[0]"]
    assert good.missing == ()
    assert good.signals[0].score == 0.9


def test_failing_detector_is_asked_part_by_part(caplog: pytest.LogCaptureFixture) -> None:
    detector = Scripted()
    with caplog.at_level(logging.ERROR):
        before, bad, after = detect([of("spam"), of("explode"), of("spam")], [detector])
    assert detector.n_calls == 1 + 3
    assert (before.missing, bad.missing, after.missing) == ((), (CARRIED,), ())
    assert before.signals == after.signals
    assert bad.signals == ()
    assert "asking part by part" in caplog.text


def test_other_detectors_answer_beside_a_failing_one() -> None:
    (judged,) = detect([of("explode")], [Scripted(), Scripted("text.other@1"), Null()])
    assert judged.missing == (CARRIED, "text.other@1")
    assert [stage.name for stage in judged.stages][-1] == "text.null@1"


@pytest.mark.parametrize("text", ["nan", "above", "below"])
def test_score_that_is_no_probability_counts_as_no_answer(text: str) -> None:
    bad, good = detect([of(text), of("spam")], [Scripted()])
    assert (bad.signals, bad.missing) == ((), (CARRIED,))
    assert good.missing == ()
    assert len(good.signals) == 1


class Forgetful:
    """Gives no answer for the last part of a batch, and none at all for one part."""

    card = card("text.forgetful@1")

    def predict(self, parts: Sequence[TextPart], /) -> list[tuple[Signal, ...]]:
        return [()] * (len(parts) - 1)


def test_wrong_number_of_answers_is_missing_for_all() -> None:
    judged = detect([of("gm"), of("gn")], [Forgetful()])
    assert [entry.missing for entry in judged] == [("text.forgetful@1",)] * 2


def test_media_are_missing_once_a_modality() -> None:
    (judged,) = detect([of("gm", media=["image", "audio", "image", "video"])], [Canary()])
    assert judged.missing == ("image.*", "audio.*", "video.*")


texts = st.sampled_from(["gm", "spam", "explode", "unreadable", "nan"])


@given(st.lists(st.lists(texts, max_size=3), max_size=6))
def test_batch_gives_what_single_items_give(batch: list[list[str]]) -> None:
    items = [of(*texts_) for texts_ in batch]
    together = detect(items, [Scripted(), Canary()])
    alone = [detect([one], [Scripted(), Canary()])[0] for one in items]
    assert [(j.signals, j.missing) for j in together] == [(j.signals, j.missing) for j in alone]


class Counting:
    """Scores every context by how much it holds; fails on one that holds `explode`."""

    card = card("token.counting@1")

    def predict(self, parts: Sequence[Context], /) -> list[tuple[Signal, ...]]:
        return [self._look(part) for part in parts]

    def _look(self, context: Context) -> tuple[Signal, ...]:
        if "explode" in context:
            message = "exploded"
            raise RuntimeError(message)
        score = len(context) / 10
        return (Signal(label="token_fraud", score=score, detector=self.card.id, part="facts"),)


def test_contexts_are_judged_beside_texts() -> None:
    items = [item(context={"a": 1, "b": 2}), item(texts=(), context={})]
    first, second = detect(items, [Scripted()], [Counting()])
    assert [(one.detector, one.score) for one in first.signals] == [
        (CARRIED, 0.2),
        ("token.counting@1", 0.2),
    ]
    assert [one.score for one in second.signals] == [0.0]
    assert [stage.name for stage in first.stages] == [CARRIED, "token.counting@1"]


def test_a_context_that_cannot_be_judged_is_missing_and_its_neighbours_are_not() -> None:
    items = [item(context={"explode": 1}), item(context={"a": 1})]
    bad, good = detect(items, [Scripted()], [Counting()])
    assert bad.missing == ("token.counting@1",)
    assert good.missing == ()
    assert len(good.signals) == 2
