"""Wallet payment addresses in codes: whom they pay, how much, and what they tell the payer.

`bitcoin:` (BIP 21), `ethereum:` (EIP-681), `solana:` (Solana Pay), `ton:` (deep links), `tron:`.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

_CHAINS: Final = {
    "bitcoin": "btc",
    "ethereum": "evm",
    "solana": "sol",
    "ton": "ton",
    "tron": "tron",
}
"""The names that `text.entities` gives the chains."""
_ADDRESS: Final = re.compile(r"[0-9A-Za-z_:-]{20,90}")
_AMOUNTS: Final = ("amount", "value", "uint256")
_NOTES: Final = ("label", "message", "memo", "text", "comment")
_TON_PATH: Final = "//transfer/"
_MAX_AMOUNT: Final = 40
_MAX_FIELDS: Final = 32
_MAX_NOTE: Final = 1_000


class Payment(Struct, frozen=True):
    """A request to pay. `address` is whom, as written; of a token transfer not the token."""

    chain: str
    address: str
    amount: str = ""
    """As written: coins, or the smallest units in `ethereum:`."""
    note: str = ""
    """What the payer is shown, one line each."""


def parse(payload: str) -> Payment | None:
    """Gives the payment that a payload asks for; None where it is no wallet's address.

    `solana:https...`, which asks a server for the payment, is None too: it is a link.
    """
    scheme, _, rest = payload.strip().partition(":")
    chain = _CHAINS.get(scheme.lower())
    if chain is None:
        return None
    path, _, query = rest.partition("?")
    fields = _fields(query)
    address = _address(chain, unquote(path), fields)
    if not _ADDRESS.fullmatch(address):
        return None
    amount = next((fields[name] for name in _AMOUNTS if name in fields), "")
    note = "\n".join(fields[name] for name in _NOTES if fields.get(name))
    return Payment(chain, address, amount[:_MAX_AMOUNT], note[:_MAX_NOTE])


def _fields(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, max_num_fields=_MAX_FIELDS))
    except ValueError:  # more fields than any wallet writes
        return {}


def _address(chain: str, path: str, fields: Mapping[str, str]) -> str:
    if chain == "ton":
        path = path.removeprefix(_TON_PATH)
    if chain != "evm":
        return path.removeprefix("//").rstrip("/")
    target, _, function = path.removeprefix("pay-").partition("/")
    paid = fields.get("address", "") if function == "transfer" else ""
    return paid or target.partition("@")[0]
