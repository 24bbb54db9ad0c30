"""Places of keys in TOML, against what tomllib reads."""

import json
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.policy import SHIPPED
from streams.policy.located import Path, Place, Places

WRITTEN = '''\
version = "1"   # a comment with [brackets] = "and more"
"quoted key" = 'one'
a.b . "c.d" = { e = [1, 2, { f = "}" }], g = true }

# [not.a.table]
[table]
text = """
first "quoted" line
second ] line"""
raw = \'\'\'it's\'\'\'
list = [
  "one", # comment ]
  ["two", "]"],
]
[table.inner]
x = 1979-05-27T07:32:00Z
[[rules]]
id = "a"
[rules.actor_action]
kind = "mute"
[[rules]]
id = "b"
when = "x > 1"
[[rules.nested]]
y = 1
[[rules.nested]]
y = """two"""
[made.by.header]
z = 1
'''


def paths(read: object, prefix: Path = ()) -> Iterator[Path]:
    """Gives the paths of what tomllib read."""
    if prefix:
        yield prefix
    if isinstance(read, dict):
        for key, inner in read.items():
            yield from paths(inner, (*prefix, key))
    elif isinstance(read, list):
        for n, inner in enumerate(read):
            yield from paths(inner, (*prefix, n))


def test_each_key_and_item_has_its_place() -> None:
    found = Places(WRITTEN).all()
    assert set(found) == set(paths(tomllib.loads(WRITTEN)))
    lines = WRITTEN.split("\n")
    assert found["rules", 1, "when"] == Place(23, 1, 23, 9)
    assert found["table", "text"] == Place(7, 1, 8, 1)
    assert found["table", "raw"] == Place(10, 1, 10, 10)
    assert lines[found["table", "list", 1, 1].line - 1].strip() == '["two", "]"],'
    assert found["rules", 1].line == 21
    assert found["a", "b", "c.d", "e", 2, "f"].line == 3
    assert found["rules", 1, "nested", 1, "y"].value_column == 8


scalars = st.one_of(st.integers(), st.booleans(), st.text(max_size=8))
keys = st.text(min_size=1, max_size=6).filter(lambda text: text.isprintable())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def rendered(given_: object) -> str:
    """Writes a value; tables inline. JSON's texts are TOML's, but for one character."""
    if isinstance(given_, dict):
        pairs = (f"{rendered(key)} = {rendered(inner)}" for key, inner in given_.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(given_, list):
        return "[\n" + ", # ] }\n".join(map(rendered, given_)) + "\n]"
    return json.dumps(given_, ensure_ascii=False).replace("\x7f", "\\u007F")


@given(
    st.dictionaries(keys, values, max_size=4), st.lists(st.dictionaries(keys, values), max_size=3)
)
def test_what_tomllib_reads_has_places(
    top: dict[str, object], tables: list[dict[str, object]]
) -> None:
    top.pop("rules", None)
    lines = [f"{rendered(key)} = {rendered(inner)}" for key, inner in top.items()]
    for table in tables:
        lines.append("[[ rules ]]")
        lines += [f"  {rendered(key)}={rendered(inner)}" for key, inner in table.items()]
    text = "\n".join(lines)
    read = tomllib.loads(text)
    found = Places(text).all()
    assert set(found) == set(paths(read))
    for path, place in found.items():
        if isinstance(path[-1], str) and path != ("rules",):
            line = text.split("\n")[place.line - 1]
            assert line[place.column - 1 :].startswith(rendered(path[-1]))


@pytest.mark.parametrize("path", sorted(SHIPPED.parent.rglob("*.toml")), ids=lambda path: path.name)
def test_policies_that_ship(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined] # a Path
    assert set(Places(text).all()) == set(paths(tomllib.loads(text)))
