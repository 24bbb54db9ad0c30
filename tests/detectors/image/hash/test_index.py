import numpy as np
import pytest

from detectors.image.hash.index import Index

RNG = np.random.default_rng(5)
MANY = RNG.bytes(32 * 30_000)


def flipped(sought: bytes, n_bits: int, seed: int) -> bytes:
    bits = np.unpackbits(np.frombuffer(sought, np.uint8))
    bits[np.random.default_rng(seed).permutation(256)[:n_bits]] ^= 1
    return np.packbits(bits).tobytes()


def compared(hashes: bytes, sought: bytes, threshold: int) -> list[tuple[int, int]]:
    rows = np.frombuffer(hashes, np.uint8).reshape(-1, 32)
    distances = np.bitwise_count(rows ^ np.frombuffer(sought, np.uint8)).sum(axis=1)
    return [(int(n), int(distances[n])) for n in np.flatnonzero(distances <= threshold)]


def found(index: Index, sought: bytes) -> list[tuple[int, int]]:
    places, distances = index.near(sought)
    return list(zip(places.tolist(), distances.tolist(), strict=True))


@pytest.mark.parametrize("threshold", [0, 15, 31, 40])
def test_it_finds_what_comparing_all_finds(threshold: int) -> None:
    near = [flipped(MANY[:32], n, n) for n in (threshold, threshold + 1, threshold // 2)]
    hashes = MANY + b"".join(near)
    index = Index(hashes, threshold=threshold)
    assert not index.is_scanned
    for sought in (MANY[:32], *near, MANY[640:672], bytes(32)):
        assert found(index, sought) == compared(hashes, sought, threshold)


def test_hashes_that_share_their_pieces_are_all_found() -> None:
    alike = b"".join(flipped(bytes(32), n % 40, n) for n in range(21_000))
    index = Index(alike, threshold=31)
    assert found(index, bytes(32)) == compared(alike, bytes(32), 31)


def test_a_few_are_scanned() -> None:
    index = Index(MANY[:320], threshold=31)
    assert index.is_scanned
    assert found(index, MANY[64:96]) == [(2, 0)]


def test_the_opposite_of_a_hash_is_256_bits_away() -> None:
    assert found(Index(b"\xff" * 32, threshold=31), bytes(32)) == []
    assert found(Index(b"\xff" * 32, threshold=256), bytes(32)) == [(0, 256)]


def test_none_finds_none() -> None:
    assert found(Index(b"", threshold=31), bytes(32)) == []
