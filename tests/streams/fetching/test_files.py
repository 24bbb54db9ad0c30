import asyncio
import os
from pathlib import Path

import pytest

from streams.fetching.fetched import Fetched
from streams.fetching.fetcher import Fetcher
from streams.fetching.limits import Limits
from streams.fetching.refusals import Refusal
from tests.streams.fetching.servers import PNG


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    (root / "in").mkdir(parents=True)
    (root / "in" / "a b.png").write_bytes(PNG)
    (root / "secret.png").write_bytes(PNG)
    (tmp_path / "media2").mkdir()
    for outside in ("outside.png", "media2/a.png"):
        (tmp_path / outside).write_bytes(PNG)
    return root


def fetch(uri: str, root: Path | None, image_bytes: int = 1_000) -> str:
    async def run() -> Fetched | Refusal:
        limits = Limits(files_root=root, image_bytes=image_bytes)
        async with Fetcher(limits) as opened:
            return await opened.fetch(uri)

    answer = asyncio.run(run())
    return answer.code if isinstance(answer, Refusal) else answer.kind


def test_a_file_under_the_root(root: Path) -> None:
    assert fetch(f"file://{root}/in/a%20b.png", root) == "png"
    assert fetch(f"file://localhost{root}/in/a%20b.png", root) == "png"
    assert fetch(f"file:{root}/in/a%20b.png#x", root) == "png"
    assert fetch(f"file://{root}/in/none.png", root) == "not_found"
    assert fetch(f"file://{root}/in/a%20b.png", root, image_bytes=10) == "too_large"
    assert fetch(f"file://{root}/in/a%20b.png", None) == "scheme_refused"


def test_a_root_that_is_named_over_a_link(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert fetch(f"file://{link}/secret.png", link) == "png"
    assert fetch(f"file://{root}/secret.png", link) == "png"


@pytest.mark.parametrize(
    "path",
    [
        "{root}", "{root}/", "{root}/in", "{root}/../outside.png", "{root}/in/../../outside.png",
        "{root}/%2e%2e/outside.png", "{root}/in/..%2f..%2foutside.png", "{root}2/a.png",
        "{root}/./secret.png", "{root}//secret.png", "/etc/passwd", "{root}/a%00.png",
        "{root}/%ff", "//{root}/secret.png", "host{root}/secret.png", "secret.png",
    ],
)  # fmt: skip
def test_what_is_not_below_the_root(path: str, root: Path) -> None:
    assert fetch("file://" + path.format(root=root), root) == "file_refused"


def test_no_link_is_followed(root: Path) -> None:
    (root / "file.png").symlink_to(root.parent / "outside.png")
    (root / "inside.png").symlink_to(root / "secret.png")
    (root / "folder").symlink_to(root.parent)
    for name in ("file.png", "inside.png", "folder/outside.png", "folder/media/secret.png"):
        assert fetch(f"file://{root}/{name}", root) == "file_refused"


def test_what_is_no_regular_file(root: Path) -> None:
    os.mkfifo(root / "fifo")
    assert fetch(f"file://{root}/fifo", root) == "file_refused"
    (root / "empty.png").touch()
    assert fetch(f"file://{root}/empty.png", root) == "empty"
    (root / "text.png").write_text("text")
    assert fetch(f"file://{root}/text.png", root) == "kind_unknown"
