"""TON addresses: raw, and user-friendly with CRC16.

https://docs.ton.org/v3/documentation/smart-contracts/addresses/address-formats
"""

import base64
import binascii
import re
from typing import Final

_RAW: Final = re.compile(r"(?:0|-1):[0-9a-fA-F]{64}")
_FRIENDLY: Final = re.compile(r"[A-Za-z0-9_-]{48}|[A-Za-z0-9+/]{48}")
_BOUNCEABLE: Final = 0x11
_NON_BOUNCEABLE: Final = 0x51
_TEST_ONLY: Final = 0x80
_WORKCHAINS: Final = {0x00: 0, 0xFF: -1}


def raw_form(text: str) -> str | None:
    """Gives `workchain:hex` of an address in either form; None if it is not valid."""
    if _RAW.fullmatch(text):
        return text.lower()
    if not _FRIENDLY.fullmatch(text):
        return None
    payload = base64.b64decode(text.replace("-", "+").replace("_", "/"))
    if binascii.crc_hqx(payload[:34], 0).to_bytes(2, "big") != payload[34:]:
        return None
    workchain = _WORKCHAINS.get(payload[1])
    if payload[0] & ~_TEST_ONLY not in (_BOUNCEABLE, _NON_BOUNCEABLE) or workchain is None:
        return None
    return f"{workchain}:{payload[2:34].hex()}"
