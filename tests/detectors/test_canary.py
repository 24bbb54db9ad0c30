from detectors.canary import CANARY_TEXT, Canary
from schemas.content import TextPart


def test_the_canary_always_trips() -> None:
    (signals,) = Canary().predict([TextPart(name="text", text=f"so: {CANARY_TEXT}.")])
    (signal,) = signals
    assert (signal.label, signal.score, signal.detector) == ("spam", 1.0, "text.canary@1")
    assert signal.span is not None
    assert (signal.span.start, signal.span.end) == (4, 4 + len(CANARY_TEXT))


def test_other_text_does_not() -> None:
    assert Canary().predict([TextPart(name="text", text="a harmless line")]) == [()]
