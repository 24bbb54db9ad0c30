"""What a file says of itself: fields of its metadata, and what they claim."""

from typing import Final, Literal

from msgspec import Struct

MAX_FIELD_CHARS: Final = 65_536
"""Characters of a field that are looked at."""
MAX_FIELDS: Final = 256
MAX_VALUE_CHARS: Final = 80

Role = Literal["software", "credit", "source_type", "text"]
"""What a field is for: names a program, says who is credited, gives IPTC's digital source type, or
may hold anything."""


class Field(Struct, frozen=True):
    """A field of a file's metadata; `name` says where it stands: `png:parameters`."""

    name: str
    role: Role
    text: str


class Claim(Struct, frozen=True, kw_only=True):
    """That a file was made by AI, wholly or in part, as some evidence has it.

    `value` quotes what was found: the part that tells, never a prompt.
    """

    kind: str
    score: float
    tool: str = ""
    field: str = ""
    value: str = ""
    status: str = ""
    """Of a signed manifest: trusted, untrusted or broken."""
    signer: str = ""

    def evidence(self) -> dict[str, str]:
        """Gives the claim as evidence has it; what is empty is left out."""
        named = {
            "kind": self.kind,
            "tool": shown(self.tool),
            "field": shown(self.field),
            "value": shown(self.value),
            "status": self.status,
            "signer": shown(self.signer),
        }
        return {name: value for name, value in named.items() if value}


def shown(text: str) -> str:
    """Gives a text in one printable line of at most `MAX_VALUE_CHARS`."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text[:400]).split())
    return line if len(line) <= MAX_VALUE_CHARS else f"{line[: MAX_VALUE_CHARS - 1]}…"
