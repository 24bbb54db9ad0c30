"""Signals on a run become the item's own where they span its text and another's."""

import msgspec

from schemas.content import Item, TextPart
from schemas.signals import Signal, Span
from streams.decide import Judged
from streams.joining import COUNT, FLOOR, ITEMS, PART, is_completed, parted, parts, told
from streams.recent import Recent, Run

from .samples import item, policy_of, rule, signal
from .test_recent import chat


def run_of(*texts: str) -> tuple[Item, Run]:
    items = chat(*texts)
    run = Recent().runs(items)[-1]
    assert run is not None
    return items[-1], run


ITEM, RUN = run_of("send me", "  your seed", "phrase")
WHOLE = "send me your seed phrase"


def on_run(score: float, span: Span | None = None, **fields: object) -> Signal:
    made = Signal(label="scam", score=score, detector="text.some@1", part="joined[0]", span=span)
    return msgspec.structs.replace(made, **fields)


def told_of(*together: Signal, own: float | None = None) -> tuple[Signal, ...]:
    signals = () if own is None else (signal("scam", own),)
    found = told(Judged(signals=signals, together=together), RUN)
    assert found.together == ()
    assert found.signals[: len(signals)] == signals
    return found.signals[len(signals) :]


def test_parts_are_the_readings_in_the_language_of_the_item() -> None:
    item = msgspec.structs.replace(ITEM, texts=(TextPart(name="text", text="phrase", lang="en"),))
    assert parts(item, RUN) == (TextPart(name="joined[0]", text=WHOLE, lang="en"),)
    assert [part.text for part in parts(*run_of(*"gold"))] == ["g o l d", "gold"]


def test_signals_are_parted() -> None:
    own, together = signal("scam", 0.5), on_run(0.5)
    assert parted([together, own]) == ((own,), (together,))


def test_a_signal_on_the_whole_run_names_the_other_items() -> None:
    (found,) = told_of(on_run(0.9, evidence={"why": "asked"}))
    assert (found.part, found.span, found.score) == (PART, None, 0.9)
    assert found.evidence == {"why": "asked", ITEMS: '["m-0","m-1"]'}


def test_a_span_is_told_as_what_of_it_lies_in_the_item() -> None:
    start = WHOLE.index("seed")
    (found,) = told_of(on_run(0.9, Span(start, len(WHOLE) - 2)))
    assert found.span == Span(0, 4)
    assert found.evidence == {ITEMS: '["m-1"]'}


def test_what_lies_in_one_text_or_in_others_alone_is_not_told() -> None:
    start = WHOLE.index("phrase")
    assert told_of(on_run(0.9, Span(start, len(WHOLE)))) == ()
    assert told_of(on_run(0.9, Span(0, start - 1))) == ()
    assert told_of(on_run(0.9, Span(500, 900)), on_run(0.9, Span(9, 3))) == ()


def test_a_span_that_reaches_too_far_is_cut() -> None:
    (found,) = told_of(on_run(0.9, Span(0, 10_000)))
    assert found.span == Span(0, 6)


def test_only_what_says_more_than_the_item_by_itself_is_told() -> None:
    assert told_of(on_run(0.8), own=0.8) == ()
    assert len(told_of(on_run(0.81), own=0.8)) == 1
    assert told_of(on_run(FLOOR)) == ()
    assert len(told_of(on_run(0.3, label="spam"), on_run(0.3, detector="o@1"), own=0.8)) == 2


def test_of_many_items_the_first_and_the_latest_are_named() -> None:
    _, run = run_of(*["word"] * 20)
    (found,) = told(Judged(together=(on_run(0.9),)), run).signals
    assert found.evidence is not None
    names = ["m-0", *(f"m-{n}" for n in range(12, 19))]
    assert msgspec.json.decode(found.evidence[ITEMS]) == names
    assert found.evidence[COUNT] == "19"


def test_a_run_is_completed_where_a_signal_on_it_fires_a_rule() -> None:
    policy = policy_of(
        rule("ours", "scam", 0.6, "hold", detectors=("text.risk",)),
        rule("all", "scam", 0.9, "hold"),
        rule("square", "spam", 0.1, "hold", surfaces=("square",)),
    )

    def completes(*signals: Signal) -> bool:
        return is_completed(Judged(signals=signals), item(), policy)

    assert completes(signal("scam", 0.9, part=PART))
    assert completes(signal("scam", 0.6, part=PART, by="text.risk"))
    assert not completes(signal("scam", 0.6, part=PART))
    assert not completes(signal("scam", 0.9), signal("spam", 0.9, part=PART))
