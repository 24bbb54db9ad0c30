from pathlib import Path

import msgspec
import pytest

from detectors.training.text_risk import authored, corpus, rows, sources
from detectors.training.text_risk.rows import ANY, TARGETS, TRAINED_LABELS, Row


def made(n: int, text: str = "some text", **changed: str) -> Row:
    row = Row(
        id=f"made:{n}", text=text, lang="en", source="made", group=f"made:{n}",
        labels={"spam": 1}, split="train",
    )  # fmt: skip
    return msgspec.structs.replace(row, **changed)


def test_rows_survive_their_file(tmp_path: Path) -> None:
    given = [made(1), made(2, "текст", lang="ru")]
    rows.write(tmp_path / "rows.jsonl", given)
    assert list(rows.read(tmp_path / "rows.jsonl")) == given


def test_hashes_do_not_change() -> None:
    assert corpus.stable_hash("channel-7") == 1819686915


def test_canonical_text_drops_what_copies_differ_in() -> None:
    one = corpus.canonical("@someone WIN 500 now! https://x.example/a")
    assert one == corpus.canonical("win 20 NOW http://y.example") == "win now"


def test_near_copies_share_most_min_hashes() -> None:
    text = "the quick brown fox jumps over the lazy dog near the river bank at noon"
    near = corpus.signature(text) == corpus.signature(text.replace("noon", "dusk"))
    far = corpus.signature(text) == corpus.signature("a wholly different sentence about tides")
    assert near.sum() >= 12
    assert far.sum() <= 2


def test_a_short_text_has_a_signature() -> None:
    assert corpus.signature("").shape == corpus.signature("gm").shape == (16,)


def test_samples_keep_the_split_and_the_cap() -> None:
    given = [made(n, f"text {n}") for n in range(2 * corpus._TRAIN_CAP)]
    found = corpus.sampled([*given, made(5_000, split="test")], "train")
    assert len(found) == corpus._TRAIN_CAP
    assert {row.split for row in found} == {"train"}
    assert corpus.sampled(given, "train") == found


def test_every_source_has_a_reader_that_is_named_once() -> None:
    assert len(sources.READERS) == 42
    assert {source for source, _ in corpus.TRANSFER} <= set(sources.READERS)


def test_authored_rows_are_fixed_and_filled() -> None:
    found = authored.read()
    assert found == authored.read()
    assert len(found) > 1_500
    assert not [row.text for row in found if "{" in row.text]
    assert len({row.lang for row in found}) >= 12
    assert {row.split for row in found} == {"train", "calibration"}


@pytest.mark.parametrize("kind", ["benign", "giveaway", "insult", "injection"])
def test_authored_labels_are_targets(kind: str) -> None:
    assert set(authored.labels_of(kind)) <= set(TARGETS)


def test_a_kind_of_fraud_says_nothing_of_another() -> None:
    known = authored.labels_of("giveaway")
    assert known["scam"] == known[ANY] == 1
    assert "phishing" not in known
    assert known["hate"] == 0


def test_trained_labels_are_part_of_the_targets() -> None:
    assert (*TRAINED_LABELS, ANY) == TARGETS
