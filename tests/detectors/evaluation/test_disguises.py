import pytest

from detectors.evaluation import disguises
from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS
from detectors.text.entities.detector import Entities


def test_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {name: OBFUSCATIONS[name] for name in ("zero_width", "rot13")}
    monkeypatch.setattr(disguises, "OBFUSCATIONS", chosen)
    monkeypatch.setattr(disguises, "_N_PHRASES", 3)
    found = disguises.disguises(Entities())
    assert [(one.name, one.n_phrases, one.phrases, one.redacted) for one in found] == [
        ("zero_width", 3, 3, 3),
        ("rot13", 3, 3, 3),
    ]
    assert found[0].n_asking == 8
    assert found[0].asking == 8
    assert "| zero_width | 3 | 3 | 3 | 8 | 8 |" in disguises.table(found)
