"""Training stops and resumes; a checkpoint of other rows is refused."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from transformers import BertConfig  # noqa: E402

from detectors.training.text_risk import fit  # noqa: E402
from detectors.training.text_risk.model import Network  # noqa: E402
from detectors.training.text_risk.rows import Row  # noqa: E402

WORDS = ["<s>", "<pad>", "</s>", "<unk>", "send", "coins", "now", "good", "morning"]


class Stopped(Exception):
    """The run was cut off."""


@pytest.fixture
def tokenizer() -> Tokenizer:
    found = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, "<unk>"))
    found.pre_tokenizer = pre_tokenizers.Whitespace()
    return found


def network() -> Network:
    torch.manual_seed(0)
    return Network(
        BertConfig(
            vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, max_position_embeddings=64, hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0, pad_token_id=1,
        )
    )  # fmt: skip


def rows(n: int) -> list[Row]:
    texts = ("send coins now", "good morning")
    return [
        Row(
            id=f"row:{k}", text=texts[k % 2], lang="en", source="made", group=f"{k}",
            labels={"scam": 1 - k % 2, "any": 1 - k % 2}, split="train",
        )
        for k in range(n)
    ]  # fmt: skip


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "_CHECKPOINT_STEPS", 2)
    given, whole, cut = rows(64 * 5), tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    first = network()
    fit.run(first, tokenizer, given, fit.MAIN, whole)

    save = fit._save

    def stop(*args: object) -> None:
        save(*args)  # type: ignore[arg-type]
        raise Stopped

    monkeypatch.setattr(fit, "_save", stop)
    with pytest.raises(Stopped):
        fit.run(network(), tokenizer, given, fit.MAIN, cut)
    monkeypatch.setattr(fit, "_save", save)
    second = network()
    fit.run(second, tokenizer, given, fit.MAIN, cut)
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_checkpoint_of_other_rows_is_refused(tokenizer: Tokenizer, tmp_path: Path) -> None:
    fit.run(network(), tokenizer, rows(64), fit.MAIN, tmp_path)
    fit.run(network(), tokenizer, rows(64), fit.MAIN, tmp_path)  # done already
    with pytest.raises(ValueError, match="other rows"):
        fit.run(network(), tokenizer, rows(128), fit.MAIN, tmp_path)
