"""Keys and tokens of services, made anew each time; placeholders are none."""

import random
import zlib

import pytest

from detectors.evaluation.generation import NO_SECRETS, SECRETS
from detectors.text.generation.credentials import MAX_FOUND, Credentials

CREDENTIALS = Credentials()
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def drawing(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


@pytest.mark.parametrize("name", SECRETS)
def test_a_key_is_found_whole(name: str) -> None:
    make = SECRETS[name]
    for seed in range(5):
        key = make(drawing(seed))
        text = f"Here it is: {key} ."
        (found,) = CREDENTIALS.find(text)
        assert found.label == "privacy"
        assert found.score >= 0.8
        assert text[found.finding.start : found.finding.end] in key
        assert found.finding.evidence["kind"] == "api_key"
        assert key not in str(found.finding.evidence)


@pytest.mark.parametrize("text", NO_SECRETS)
def test_what_is_no_key_is_left_alone(text: str) -> None:
    assert CREDENTIALS.find(text) == []


def github(seed: int, *, is_right: bool) -> str:
    body = "".join(drawing(seed).choices(_BASE62, k=30))
    left, digits = zlib.crc32(body.encode()), ""
    while left:
        left, digit = divmod(left, 62)
        digits = _BASE62[digit] + digits
    check = digits.rjust(6, "0")
    return f"ghp_{body}{check if is_right else check[::-1][:5] + 'Z'}"


def test_a_checksum_counts() -> None:
    published = "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"  # in GitHub's own description
    assert len(CREDENTIALS.find(published)) == 1
    (found,) = CREDENTIALS.find(github(1, is_right=True))
    assert found.score > 0.98
    assert CREDENTIALS.find(github(1, is_right=False)) == []


def test_a_token_that_only_looks_signed_is_none() -> None:
    assert CREDENTIALS.find("eyJhbGciOiJIUzI1NiJ9.eyJub3QganNvbg.abcdefghijklmnopqrst") == []
    deep = "eyJ" + "W" * 2_000 + ".eyJ" + "W" * 2_000 + "." + "x" * 40
    assert CREDENTIALS.find(deep) == []


def test_no_more_than_so_many_are_told() -> None:
    keys = " ".join(SECRETS["google"](drawing(seed)) for seed in range(MAX_FOUND + 5))
    assert len(CREDENTIALS.find(keys)) == MAX_FOUND
