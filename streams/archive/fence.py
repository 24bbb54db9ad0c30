"""What a reader's query may name: the archive's own tables, and what describes them.

The engine grants some of its own state to everybody, whatever its configuration says
(`ContextAccess.cpp`): running queries with their texts and addresses, its settings and paths,
errors with stack traces. Readers get the few tables that clients need: clickhouse-connect reads
`system.settings` when it connects, its SQLAlchemy dialect the tables and columns.
"""

import re
from typing import Final

SYSTEM_TABLES: Final = ("columns", "databases", "numbers", "one", "settings", "tables")
"""Tables of `system` that are open."""

FUNCTION: Final = re.compile(
    r"\b(file|hascolumnintable|reversednsquery|catboostevaluate|showcertificate|addressto\w+"
    r"|ai(classify|embed|extract|filter|generate|redact|similarity|translate)|stack_trace"
    r"|get(serversetting|serverport|macro|oskernelversion|clienthttpheader))\b"
    r"|\b(filesystem\w*|sqlite|eval|python|executable|input|merge|loop)\s*\(",
    re.IGNORECASE,
)
"""Functions that reach out of the archive, run a string as a query, or find tables by a pattern.
A query that has such a word in a literal is refused too; as a parameter it may have it."""

QUOTED: Final = re.compile(r"`(?:[^`\\]|\\.|``)*`|'(?:[^'\\]|\\.|'')*'", re.DOTALL)
SYSTEM: Final = re.compile(r"\bsystem\b(?:\s*\.\s*(\w+))?", re.IGNORECASE)
SHOW: Final = re.compile(
    r"\bSHOW (?!(FULL |EXTENDED )*(TABLES|DATABASES|COLUMNS|INDEXES|CREATE)\b)\w+"
)


def closed_word(canonical: str, names: list[str]) -> str | None:
    """Gives what a query names that is not open to readers; None when all is.

    `canonical` is the query as the engine formats it (no comments, no escapes in identifiers,
    backquotes where one needs them), `names` the values of its Identifier parameters.
    """
    for piece in (canonical, *names):
        found = FUNCTION.search(piece)
        if found:
            return found[0]
    outside = QUOTED.sub(_without_literals, canonical)
    found = SHOW.search(outside)
    if found:
        return found[0]
    for piece in (outside, *(name.replace("`", "") for name in names)):
        for found in SYSTEM.finditer(piece):
            if found[1] not in SYSTEM_TABLES:
                return found[0]
    return None


def _without_literals(quoted: re.Match[str]) -> str:
    """Empties string literals and bares backquoted identifiers."""
    return "''" if quoted[0].startswith("'") else quoted[0].strip("`")
