"""Files that are no policies: refused in one line with a place, soon, whatever they hold."""

import contextlib
import time
from pathlib import Path

import pytest

from streams import policy
from streams.policy.checking import check
from streams.policy.sources import MAX_FINDINGS
from tests.streams.policy.test_checking import GATE, HEAD, WHEN, N, a_rule

MANY_PARTS = ".".join("abcdefghijklmnopqrst")
MOST_S = 3.0
"""Of processor time; it takes a tenth, and took from seconds to minutes while it was wrong."""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "policy.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


TOO_LONG = {
    "misspelt keys": HEAD + "".join(a_rule(f"{GATE}\nqeue = 'x'", id_=f"r{n}") for n in range(400)),
    "unknown tables": HEAD + "".join(f"[a{n}]\n" for n in range(20_000)),
    "redundant rules": HEAD + "".join(a_rule(GATE, id_=f"r{n}") for n in range(900)),
    "a long list": HEAD + "detectors = [" + "1, " * 30_000 + "]\n",
    "items of a list": HEAD + a_rule(GATE + "\nsurfaces = [" + "'x', " * 30_000 + "]"),
    "letters after dots": f"{MANY_PARTS[:31]}.{'x' * 20_000}\n",
    "letters after dots in a text": f'x = """\n{MANY_PARTS[:31]}.{"x" * 20_000}\n',
    "quotes that do not end": 'x = "' + '\\"' * 100_000,
    "a quoted key of many parts": '"a".' * 100_000,
}


@pytest.mark.parametrize("text", TOO_LONG.values(), ids=TOO_LONG)
def test_what_is_wrong_is_told_soon(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    start_s = time.process_time()
    assert check(path)
    with contextlib.suppress(policy.PolicyInvalid):
        policy.load(path)
    assert time.process_time() - start_s < MOST_S


def test_so_many_errors_are_told(tmp_path: Path) -> None:
    *told, more = check(written(tmp_path, TOO_LONG["misspelt keys"]))
    assert len(told) == MAX_FINDINGS
    assert [one.line for one in told[:2]] == [N + 7, N + 14]
    assert (more.level, more.message) == ("error", "and more errors than these 200")


def test_so_many_warnings_are_told(tmp_path: Path) -> None:
    rules = (
        a_rule(f'action = "hold"\nwhen = "actor.n_10s > {n}"', id_=f"r{n}") for n in range(250)
    )
    *told, more = check(written(tmp_path, HEAD + "".join(rules)))
    assert {one.level for one in (*told, more)} == {"warning"}
    assert (len(told), more.message) == (MAX_FINDINGS, "and 50 more warnings")


def test_loading_tells_of_the_first_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, TOO_LONG["misspelt keys"])
    with pytest.raises(policy.PolicyInvalid, match=rf":{N + 7}: unknown key `qeue`; did you mean"):
        policy.load(path)


@pytest.mark.parametrize(
    "text",
    [
        f'policy_text = """see www.{MANY_PARTS}.example = the site"""\n',
        f"policy_text = '''\n{MANY_PARTS} = 1\n[{MANY_PARTS}]'''\n",
        f'policy_text = "{MANY_PARTS} = {"x" * 600}"\n',
        f"# {MANY_PARTS} = 1\n",
        'policy_text = """a "quoted" \\""" b.c""""\n',
    ],
)
def test_texts_and_comments_have_no_keys(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text + HEAD)
    assert check(path) == []
    policy.load(path)


@pytest.mark.parametrize(
    "key",
    [
        MANY_PARTS,
        '"""x""".' + MANY_PARTS,
        f'x = "#"\n{MANY_PARTS}',
        f"x = '''\n'''\n[{MANY_PARTS.replace('.', ' . ')}]\ny",
        f"x = {{ {MANY_PARTS} = 1 }}\ny",
        ".".join(["'a.b'"] * 17),
    ],
)
def test_keys_have_so_many_parts(tmp_path: Path, key: str) -> None:
    (found,) = check(written(tmp_path, f"{HEAD}{key} = 1\n"))
    assert found.message == "a key of more than 16 parts"


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        (f"version = {'1' * 5_000}\n", 1, "a key or number of more than 500 characters"),
        (f"x = 1\ny = 0x{'f' * 5_000}\n", 2, "a key or number of more than 500 characters"),
        (f"x = 1\n{'y' * 600} = 1\n", 2, "a key or number of more than 500 characters"),
        (b"# one\n# caf\xe9\n", 2, "not UTF-8; save the file as UTF-8"),
        (b"\xef\xbb\xbf# one\n# caf\xe9\n", 2, "not UTF-8; save the file as UTF-8"),
        (HEAD.encode("utf-16"), 1, "not UTF-8; save the file as UTF-8"),
        (HEAD.encode("utf-16-le"), 1, ""),
        (b"\x7fELF\x02\x01\x01\x00\xff\xfe", 1, ""),
        (f"{HEAD}x = {'[' * 5_000}", 0, "nested too deep"),
    ],
)
def test_what_is_no_toml_is_told_in_a_line(
    tmp_path: Path, text: str | bytes, line: int, cause: str
) -> None:
    path = written(tmp_path, text)
    (found,) = check(path)
    assert (found.line, found.level) == (line, "error")
    assert cause in found.message
    with pytest.raises(policy.PolicyInvalid) as told:
        policy.load(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("number", ["1" * 400, "-" + "1" * 400, f"0x{'f' * 400}", "1e400", "nan"])
@pytest.mark.parametrize(
    "told",
    ["strike = {}", "actor_action = {{ kind = 'mute', duration_s = {} }}"],
)
def test_numbers_beyond_all_bounds(tmp_path: Path, number: str, told: str) -> None:
    path = written(tmp_path, HEAD + a_rule(f"{GATE}\n{told.format(number)}"))
    assert check(path)[0].line == N + 7
    with pytest.raises(policy.PolicyInvalid):
        policy.load(path)


def test_a_condition_in_a_list_of_tables_has_its_place(tmp_path: Path) -> None:
    rules = (
        f'rules = [\n  {{ id = "a", reason = "b", {WHEN.replace(chr(10), ", ")}"actr.x" }},\n]\n'
    )
    head = HEAD[: HEAD.index("[on_missing]")]
    on_missing = "on_missing = { text = 'hold', image = 'hold', video = 'hold', audio = 'hold' }\n"
    (found,) = check(written(tmp_path, head + on_missing + rules))
    assert (found.line, found.column) == (7, rules.split("\n")[1].index('.x"') + 1)
