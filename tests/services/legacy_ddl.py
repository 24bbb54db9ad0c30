"""The archive's DDL for Debian's ClickHouse 18.16, for tests of the native protocol alone.

Strips what that server lacks: DateTime64 (milliseconds as whole numbers instead), low cardinality,
codecs, TTL, skipping indexes, maps, and the views that read JSON.
The real DDL is proved on the embedded engine.
"""

import re

import msgspec

from streams.archive.migrations import Migration

_REWRITES = (
    (r"^\s*(--.*|TTL .*|INDEX .*,?|SETTINGS .*)$", ""),
    (r"^\s*evidence Map.*$", ""),
    (r" CODEC\((?:[^()]|\([^()]*\))*\)", ""),
    (r" COMMENT '[^']*'", ""),
    (r" TTL toDateTime\(\w+\) \+ INTERVAL \d+ DAY", ""),
    (r"LowCardinality\((\w+)\)", r"\1"),
    (r"DateTime64\(3, 'UTC'\)", "Int64"),
    (r"toUnixTimestamp64Milli\((\w+)\)", r"\1"),
    (r"ENGINE = ReplacingMergeTree\(\w+\)", "ENGINE = ReplacingMergeTree()"),
    (r"ENGINE = (Merge|AggregatingMerge)Tree$", r"ENGINE = \1Tree()"),
    (r"PARTITION BY (\w+)\((\w+_at)\)", r"PARTITION BY \1(toDateTime(intDiv(\2, 1000)))"),
    (r"INTERVAL 7 DAY", "604800000"),
    (r"INTERVAL 1 HOUR", "3600000"),
    (
        r"toDateTime\(\s*if\((.*?)occurred_at, decided_at\), 'UTC'\)",
        r"toDateTime(intDiv(if(\1occurred_at, decided_at), 1000), 'UTC')",
    ),
    (r",(\s*)\)\s*ENGINE", r"\1) ENGINE"),
    (r",\s*\n\s*\n*\)", "\n)"),
)


_ADDING = re.compile(r"ALTER TABLE (\w+)\s+ADD COLUMN")
_ADDED = re.compile(r"ADD COLUMN IF NOT EXISTS (\S+ [^\s,]+)")


def rewritten(migrations: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """Gives the same migrations with statements that 18.16 takes.

    It adds no column "if not exists": those that later migrations add stand in CREATE TABLE.
    """
    added = [
        (table[1], _rewrite(column))
        for migration in migrations
        for statement in migration.statements
        if (table := _ADDING.search(statement))
        for column in _ADDED.findall(statement)
    ]
    return tuple(
        msgspec.structs.replace(
            migration,
            statements=tuple(
                _with_columns(_rewrite(statement), added)
                for statement in migration.statements
                if not _ADDING.search(statement) and "JSONExtract" not in statement
            ),
        )
        for migration in migrations
    )


def _with_columns(statement: str, added: list[tuple[str, str]]) -> str:
    for table, column in added:
        statement = re.sub(
            rf"(CREATE TABLE IF NOT EXISTS {table}\s*\()", rf"\1\n    {column},", statement
        )
    return statement


def _rewrite(statement: str) -> str:
    for pattern, replacement in _REWRITES:
        statement = (
            re.sub(pattern, replacement, statement, flags=re.MULTILINE | re.DOTALL)
            if pattern.startswith("toDateTime")
            else re.sub(pattern, replacement, statement, flags=re.MULTILINE)
        )
    return statement
