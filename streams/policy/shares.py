"""Stable shares: the same actors, the same items, on every worker and in every replay. Pure."""

from hashlib import blake2b


def falls_in(share: float, salt: str, name: str) -> bool:
    """Whether a name falls in a share of all names, 0 to 1; a larger share holds a smaller one.

    `salt` makes shares independent of each other.
    """
    if share >= 1.0:
        return True
    digest = blake2b(f"{salt}\x1f{name}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2.0**64
