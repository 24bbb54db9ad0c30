import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from detectors.evaluation import entities
from detectors.text.entities.detector import Entities

SETS = (
    *("banking77", "bitcoin_org", "clinc150", "ntrex_news", "tatoeba", "xquad"),
    *("goemotions_benign", "xsid", "notinject", "assistant_prompts", "cyberseceval_frr"),
    *("surge_stocks", "identity_templates", "self_instruct"),
)
LINE = "a harmless line of ordinary chat that is long enough to be timed"


def write(path: Path, *given: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in SETS:
        write(tmp_path / name / "data.jsonl", *({"text": f"{LINE} {n}"} for n in range(8)))
    write(tmp_path / "bitcoin_org" / "data.jsonl", {"text": "send me your seed phrase"})
    posts = tmp_path / "janitr"
    write(posts / "train.jsonl", {"text": "gm", "labels": ["clean", "topic_crypto"]})
    write(posts / "calib.jsonl", {"text": "double back, send 1 ETH", "labels": ["scam"]})
    write(posts / "valid.jsonl", {"text": "unclear", "labels": ["giveaway"]})
    card = "4242 4242 4242 4242"
    write(
        tmp_path / "synthetic_pii" / "data.jsonl",
        {"text": f"card {card}", "entities": [["CREDIT_CARD", card], ["PERSON", "Jane"]]},
        {"text": "mail me", "entities": [["EMAIL_ADDRESS", "mail me"]]},
    )
    for side in ("ham", "spam"):
        path = tmp_path / "tg_spam" / f"{side}-samples.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("one\n\ntwo\n", encoding="utf-8")
    return tmp_path


def test_what_is_measured(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "HOSTILE", {"letters": "a"})
    report = entities.measure(data)
    by_name = {one.name: one for one in report.alarms}
    assert by_name["bitcoin_org"].by_kind == {"secret_request": 1}
    assert (by_name["xquad"].n, by_name["xquad"].flagged) == (8, 0)
    assert by_name["janitr clean"].n == 1
    assert report.scams == {"rows": 1, "flagged": 1}
    assert report.telegram.n == 2
    found = {one.entity: (one.n, one.found, one.redacted) for one in report.recall}
    assert found["CREDIT_CARD"] == (1, 1, 1)
    assert found["EMAIL_ADDRESS"] == (1, 0, 0)
    text = entities.markdown(report)
    assert "| bitcoin_org | 1 | 1 | 100.00 % | secret_request 1 |" in text
    assert "| CREDIT_CARD | 1 | 100.0 % | 100.0 % |" in text
    assert msgspec.json.decode(msgspec.json.encode(report), type=entities.Report) == report


def test_a_mention_is_no_alarm() -> None:
    found = entities.alarms("posts", ["watching $BTC", "gm"], Entities())
    assert (found.flagged, found.by_kind, found.mentions) == (0, {}, {"ticker": 1})
