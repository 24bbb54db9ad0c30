import logging
import subprocess
import sys
from pathlib import Path

import pytest

from detectors.text.links import lists
from detectors.text.links.__main__ import main
from detectors.text.links.store import Kind, Store


def _store(tmp_path: Path, *arguments: str) -> Store:
    out = tmp_path / "store"
    assert main(["build", *arguments, "--out", str(out)]) == 0
    return Store.open(out)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "# comment\nBad.test  # why\n\nhttps://worse.test/\n*.star.test\n"),
        ("hosts", "0.0.0.0 bad.test\n127.0.0.1 worse.test\nstar.test\n"),
        ("a.json", '["bad.test", "worse.test.", "star.test"]'),
        ("b.json", '{"allow": [], "deny": ["bad.test", "worse.test", "star.test"], "x": 1}'),
        ("c.json", '{"domains": ["bad.test", "worse.test", "star.test"]}'),
        ("a.yaml", '---\n  - url: bad.test\n  - url: "worse.test"\n  - url: >-\n      star.test\n'),
    ],
)
def test_every_format_is_read(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    store = _store(tmp_path, "--deny", str(path))
    for domain in ("bad.test", "worse.test", "star.test"):
        found = store.find(f"www.{domain}")
        assert found is not None
        assert found.kind is Kind.DENY


def test_allow_wins_and_platforms_are_told_from_sites(tmp_path: Path) -> None:
    deny = tmp_path / "deny.json"
    deny.write_text(
        '{"deny": ["both.test", "web.app", "evil.web.app", "short.test/x"], "allow": ["fine.test"]}'
    )
    allow = tmp_path / "allow.txt"
    allow.write_text("both.test\n*.pages.test\n")
    store = _store(tmp_path, "--deny", str(deny), "--allow", str(allow))
    assert store.kind(b"both.test") == Kind.ALLOW
    assert store.kind(b"fine.test") == Kind.ALLOW
    assert store.kind(b"pages.test") == Kind.PLATFORM
    assert store.kind(b"web.app") == Kind.PLATFORM  # a public suffix is never blocked whole
    assert store.kind(b"evil.web.app") == Kind.DENY
    assert store.kind(b"short.test/x") == Kind.DENY
    assert store.n_paths == 1
    assert store.kind(b"wikipedia.org") == Kind.ALLOW


def test_the_default_list_can_be_left_out(tmp_path: Path) -> None:
    deny = tmp_path / "deny.txt"
    deny.write_text("bad.test\n")
    store = _store(tmp_path, "--deny", str(deny), "--no-default-allow")
    assert store.kind(b"wikipedia.org") == 0


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.json", b'{"deny": [1]}', "Expected `str`"),
        ("a.json", b'["cut', "truncated"),
        ("a.txt", b"\xff\xfe", "not UTF-8"),
        ("a.txt", b"# nothing\n", "holds no names"),
        ("a.txt", b"not a name\nneither\n", "2 of 2 entries are no names"),
        ("a.yaml", b"---\n  - mint: 9x\n", "expected `- url: NAME`"),
    ],
)
def test_a_bad_file_ends_with_2_and_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: bytes, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with caplog.at_level(logging.INFO):
        assert main(["build", "--deny", str(path), "--out", str(tmp_path / "store")]) == 2
    assert why in caplog.text
    assert name in caplog.text
    assert not (tmp_path / "store").exists()


def test_a_missing_file_ends_with_2(tmp_path: Path) -> None:
    assert main(["build", "--deny", str(tmp_path / "none"), "--out", str(tmp_path / "s")]) == 2


def test_the_command_helps_and_refuses_misuse() -> None:
    command = [sys.executable, "-m", "detectors.text.links"]
    shown = subprocess.run(
        [*command, "build", "--help"], capture_output=True, text=True, check=True
    )
    assert "--deny" in shown.stdout
    assert "allow wins" in " ".join(shown.stdout.split())
    assert subprocess.run([*command, "build"], capture_output=True, check=False).returncode == 2


def test_the_shipped_list_is_whole() -> None:
    file = lists.read(lists.DEFAULT_ALLOW, is_allow=True)
    assert file.unusable == ()
    assert len(set(file.allow)) == len(file.allow)
