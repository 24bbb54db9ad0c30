"""How much of a text is read."""

from detectors.text.normaliser.mapped import Mapped
from detectors.text.risk.windows import (
    MAX_CHARACTERS,
    MAX_WINDOWS,
    OVERLAP_TOKENS,
    WINDOW_TOKENS,
    is_read_whole,
    n_read,
    shortened,
    split,
)


def test_windows_cover_a_text_and_stay_within_their_number() -> None:
    short = split(range(10, 10 + WINDOW_TOKENS))
    assert len(short) == 1
    two = split(range(10, 10 + WINDOW_TOKENS + 1))
    assert len(two) == 2
    seen = {token for window in two for token in window[1:-1]}
    assert seen == set(range(10, 10 + WINDOW_TOKENS + 1))
    many = split(range(10, 10_010))
    assert len(many) == MAX_WINDOWS
    assert many[-1][-2] == 10_009


def test_the_tokens_of_windows_are_counted() -> None:
    for n in (0, 1, WINDOW_TOKENS, WINDOW_TOKENS + 1, 112, 113, 500, 2_000):
        assert n_read(n) == sum(map(len, split(range(n))))
    assert n_read(10_000) == MAX_WINDOWS * (WINDOW_TOKENS + 2)


def test_a_text_is_read_whole_up_to_its_windows() -> None:
    longest = MAX_WINDOWS * (WINDOW_TOKENS - OVERLAP_TOKENS) + OVERLAP_TOKENS
    assert is_read_whole(MAX_CHARACTERS, longest)
    assert not is_read_whole(MAX_CHARACTERS, longest + 1)
    assert not is_read_whole(MAX_CHARACTERS + 1, 1)
    assert len(split(range(longest))) == MAX_WINDOWS
    assert len({token for window in split(range(longest)) for token in window}) == longest


def test_shortened_keeps_both_ends_and_their_places() -> None:
    text = "start" + "-" * 2 * MAX_CHARACTERS + "end"
    cut = shortened(Mapped.of(text))
    assert cut.text.startswith("start")
    assert cut.text.endswith("end")
    assert len(cut.text) == MAX_CHARACTERS + 1
    n = len(cut.text)
    assert cut.around(n - 3, n) == (len(text) - 3, len(text))
    assert cut.around(0, 5) == (0, 5)
    assert shortened(Mapped.of("short")) == Mapped.of("short")
