import re
from pathlib import Path
from typing import get_args

import pytest

import streams.fetching
from streams.fetching.limits import Limits
from streams.fetching.refusals import LINES, TRANSIENT, Code, Refusal

README = (Path(streams.fetching.__file__).parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", get_args(Code))
def test_every_code_has_one_line(code: Code) -> None:
    line = Refusal(code).line
    assert line.endswith(".")
    assert "\n" not in line
    assert len(line) < 100
    assert f"| `{code}` | {line} |" in README


def test_no_line_is_said_twice() -> None:
    assert set(LINES) == set(get_args(Code)) > TRANSIENT
    assert len(set(LINES.values())) == len(LINES)


def test_every_limit_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", README, re.MULTILINE)
    assert documented == [
        (name, repr(getattr(Limits(), name))) for name in Limits.__struct_fields__
    ]
