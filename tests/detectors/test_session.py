from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import onnxruntime as ort
import pytest

from detectors import card as cards
from detectors.session import Session
from detectors.text.risk.detector import MODEL_ID, ROOT

CARD = cards.read(MODEL_ID)


class Counted:
    """A graph that is run as it is, and the most runs at a time."""

    def __init__(self, graph: ort.InferenceSession) -> None:
        self.most = 0
        self._graph = graph
        self._lock = Lock()
        self._n_running = 0

    def run(self, outputs: Sequence[str], given: Mapping[str, Any]) -> list[Any]:
        with self._lock:
            self._n_running += 1
            self.most = max(self.most, self._n_running)
        try:
            answered: list[Any] = self._graph.run(outputs, given)
            return answered
        finally:
            with self._lock:
                self._n_running -= 1


@pytest.mark.parametrize("threads", [1, 2])
def test_callers_together_run_no_more_batches_at_once_than_there_are_threads(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    session = Session(CARD, ROOT, threads=threads)
    texts = [[0, *range(10, 130), 2]] * 8
    expected = session.scores(texts)
    front = Counted(session._front)
    monkeypatch.setattr(session, "_front", front)
    with ThreadPoolExecutor(4) as callers:
        found = list(callers.map(session.scores, [texts] * 4))
    assert all(scores.tobytes() == expected.tobytes() for scores in found)
    assert 1 <= front.most <= threads
