"""The cache of scores: bounded, exact, for any thread."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from detectors.text.risk.cache import MAX_CHARACTERS, Cache, Lookups, Scored


def scored(n: int) -> Scored:
    return Scored(n, n.to_bytes(8, "little") * 7)


def test_what_was_kept_is_found_and_counted() -> None:
    told: list[tuple[int, int]] = []
    cache = Cache(on_lookups=lambda hits, misses: told.append((hits, misses)))
    assert cache.find(["a", "b"]) == {}
    cache.keep({"a": scored(1)})
    assert cache.find(["a", "b", "c"]) == {"a": scored(1)}
    assert cache.find([]) == {}
    assert cache.lookups == Lookups(n_hits=1, n_misses=4)
    assert told == [(0, 2), (1, 2), (0, 0)]


def test_the_latest_entries_stay() -> None:
    cache = Cache(n_entries=3)
    cache.keep({name: scored(1) for name in "abc"})
    cache.find("a")
    cache.keep({"d": scored(2)})
    assert len(cache) == 3
    assert set(cache.find("abcd")) == set("acd")


def test_memory_is_bounded() -> None:
    cache = Cache(max_bytes=20_000)
    for n in range(500):
        cache.keep({f"{n}" * 20: scored(n)})
        assert cache.n_bytes <= 20_000
    assert 10 < len(cache) < 100
    cache.keep({"é" * 4_000: scored(1), "\U0001f680" * 4_000: scored(2)})
    assert cache.n_bytes <= 20_000


def test_bytes_are_those_of_what_is_kept() -> None:
    cache = Cache(n_entries=2)
    cache.keep({"a": scored(1), "b": scored(2)})
    before = cache.n_bytes
    cache.keep({"b": scored(2), "c": scored(3)})
    assert cache.n_bytes == before


def test_long_readings_are_not_kept() -> None:
    cache = Cache()
    cache.keep({"x" * (MAX_CHARACTERS + 1): scored(1), "x": scored(1)})
    assert len(cache) == 1


def test_off_keeps_and_counts_nothing() -> None:
    cache = Cache(n_entries=0, on_lookups=lambda *_: pytest.fail("told"))
    cache.keep({"a": scored(1)})
    assert cache.find(["a"]) == {}
    assert (len(cache), cache.n_bytes, cache.lookups) == (0, 0, Lookups())


def test_threads_share_it() -> None:
    cache = Cache(n_entries=50)

    def use(seed: int) -> None:
        for n in range(400):
            name = str((seed * 7 + n * n) % 90)
            for text, one in cache.find([name, str(n % 90)]).items():
                assert one == scored(int(text))
            cache.keep({name: scored(int(name))})
            assert len(cache) <= 50

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    lookups = cache.lookups
    assert 8 * 400 <= lookups.n_hits + lookups.n_misses <= 2 * 8 * 400
    assert len(cache) == 50
