import pytest

from detectors.detector import signals_of
from detectors.text.entities.detector import Entities
from schemas.content import TextPart
from schemas.signals import Signal


class Asker:
    """The detector, asked about one text at a time."""

    def __init__(self, entities: Entities) -> None:
        self.entities = entities

    def signals(self, text: str, *, name: str = "text") -> tuple[Signal, ...]:
        return signals_of(self.entities.predict([TextPart(name=name, text=text)])[0])

    def score(self, text: str, kind: str, *, name: str = "text") -> float:
        """The highest score of a kind, 0 where it is not found."""
        found = [
            signal.score
            for signal in self.signals(text, name=name)
            if signal.evidence is not None and signal.evidence["kind"] == kind
        ]
        return max(found, default=0.0)


@pytest.fixture(scope="session")
def asker() -> Asker:
    return Asker(Entities())
