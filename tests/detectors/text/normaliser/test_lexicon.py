"""The lexicon's file."""

from pathlib import Path

import pytest

from detectors.text.normaliser import lexicon


@pytest.mark.parametrize(
    "word",
    [
        *("wallet", "Wallet", "WALLET", "binance", "dinero", "größer", "față", "faţă", "İstanbul"),
        *("şifre", "деньги", "محفظة", "पैसे", "χρήματα", "don't", "don\u2019t"),
    ],
)
def test_ordinary_words_are_known(word: str) -> None:
    assert lexicon.frequency(word) > 0


@pytest.mark.parametrize("word", ["", "zqxjkv", "wa11et", "w a", "\ud800", "\x00", "x" * 10_000])
def test_anything_else_is_not(word: str) -> None:
    assert lexicon.frequency(word) == 0


def test_frequent_words_rank_above_rare_ones() -> None:
    assert lexicon.frequency("the") > lexicon.frequency("wallet") > lexicon.frequency("mnemonic")


@pytest.mark.parametrize(
    "content", [b"", b"TGLX", b"XXXX" + bytes(70_000), b"TGLX" + bytes(69_999)]
)
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lexicon.bin"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no lexicon"):
        lexicon.load(path)
