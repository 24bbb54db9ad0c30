import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from detectors.image.classifier import card, folder
from detectors.image.classifier.folder import ClassifierUnreadable, load_folder, names
from tests.detectors.image import pictures
from tests.detectors.image.classifier import graphs

Change = Callable[[Path], object]


def test_cards_are_taken_by_name(tmp_path: Path) -> None:
    for name in ("b", "a"):
        graphs.written(tmp_path, name=name)
    (tmp_path / "README.txt").write_text("notes")
    found = load_folder(tmp_path)
    assert [one.card.id for one in found] == ["image.a@1", "image.b@1"]
    assert found[0].card.labels == ("violence",)
    assert found[0].card.thresholds == {"violence": 0.7}
    assert found[0].card.inputs == ("image",)


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert load_folder(tmp_path) == []
    assert names(tmp_path) == frozenset()


def test_names_are_those_of_the_cards(tmp_path: Path) -> None:
    for name in ("a", "b"):
        path = graphs.written(tmp_path, name=name)
    assert names(tmp_path) == {"image.a", "image.b"}
    graphs.changed(path, "image.b@1", "image.brand@1")
    with pytest.raises(ClassifierUnreadable, match=r"there is a detector image\.brand already"):
        names(tmp_path)


def replaced(before: str, after: str) -> Change:
    return lambda path: graphs.changed(path, before, after)


def without_hash(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("sha256")))


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("no")


BROKEN_CARDS: dict[str, tuple[Change, str]] = {
    "not TOML": (replaced("summary", "summary summary"), "red.toml"),
    "not UTF-8": (lambda path: path.write_bytes(b"\xff\xfe"), "utf-8"),
    "deep": (lambda path: path.write_text("a = " + "[" * 20_000), "red.toml"),
    "a field unknown": (replaced("summary", "sumary"), "sumary"),
    "no hash": (without_hash, "sha256"),
    "an id that is none": (replaced("image.red@1", "image.Red"), "id"),
    "an id of texts": (replaced("image.red@1", "text.red@1"), "id"),
    "a name of ours": (replaced("image.red@1", "image.nsfw@7"), "image.nsfw already"),
    "child_safety": (replaced('"violence"', '"child_safety"'), "banks of known pictures alone"),
    "a label unknown": (replaced('"violence"', '"gore"'), "gore"),
    "a class unknown": (replaced('["red"]', '["pink"]'), "'pink'"),
    "a class twice": (replaced('"green", "blue"', '"red", "blue"'), "'red' is named twice"),
    "a path": (replaced("red.onnx", "../red.onnx"), "path"),
    "a path from the root": (replaced("red.onnx", "/etc/passwd"), "path"),
    "a huge input": (replaced("width_px = 32", "width_px = 100000"), "width_px"),
    "no spread": (replaced("width_px", "std = [0.0, 1.0, 1.0]\nwidth_px"), "std"),
    "a model said to be huge": (replaced("size_bytes = 1", "size_bytes = 9999999991"), "size"),
    "a long card": (lambda path: path.write_bytes(b"#" * card.MAX_CARD_BYTES + b"\n"), "bytes"),
    "a folder": (as_folder, "not a file"),
    "a pipe": (as_pipe, "not a file"),
    "a link to nowhere": (as_link, "No such file"),
}


@pytest.mark.parametrize("name", BROKEN_CARDS)
def test_a_broken_card_is_one_clear_error(tmp_path: Path, name: str) -> None:
    change, cause = BROKEN_CARDS[name]
    change(graphs.written(tmp_path))
    with pytest.raises(ClassifierUnreadable, match=r"red\.toml: ") as caught:
        load_folder(tmp_path)
    assert cause in str(caught.value)
    assert "\n" not in str(caught.value)


def graph(content: bytes) -> Change:
    return lambda path: graphs.written(path.parent, graph=content)


BROKEN_FILES: dict[str, tuple[Change, str]] = {
    "missing": (lambda path: path.with_suffix(".onnx").unlink(), "No such file"),
    "another": (lambda path: path.with_suffix(".onnx").write_bytes(graphs.ROOT), "more than"),
    "cut": (
        lambda path: path.with_suffix(".onnx").write_bytes(graphs.CHANNELS_FIRST[:-1]),
        "not the file on its card",
    ),
    "not ONNX": (graph(b"MZ" * 500), "no graph that can be run"),
    "empty": (lambda path: path.with_suffix(".onnx").write_bytes(b""), "not the file"),
    "another layout": (graph(graphs.CHANNELS_LAST), "where the card says"),
    "classes too few": (replaced('"green", "blue"', '"green"'), "3 outputs"),
    "an output unknown": (replaced("[network]", '[network]\noutput = "z"'), "outputs y"),
    "no probabilities": (replaced("width_px", "divide_by = 1.0\nwidth_px"), "name an activation"),
    "a folder": (lambda path: as_folder(path.with_suffix(".onnx")), "not a file"),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_model_is_one_clear_error(tmp_path: Path, name: str) -> None:
    change, cause = BROKEN_FILES[name]
    change(graphs.written(tmp_path))
    with pytest.raises(ClassifierUnreadable, match=r"red\.onnx: ") as caught:
        load_folder(tmp_path)
    assert cause in str(caught.value)


def test_every_byte_changed_is_found(tmp_path: Path) -> None:
    path = graphs.written(tmp_path).with_suffix(".onnx")
    for place in range(0, len(graphs.CHANNELS_FIRST), 7):
        content = bytearray(graphs.CHANNELS_FIRST)
        content[place] ^= 1
        path.write_bytes(content)
        with pytest.raises(ClassifierUnreadable, match="not the file on its card"):
            load_folder(tmp_path)


def test_damaged_graphs_with_the_right_hash_do_no_harm(tmp_path: Path) -> None:
    for place in range(0, len(graphs.CHANNELS_FIRST), 5):
        content = bytearray(graphs.CHANNELS_FIRST)
        content[place] ^= 0xFF
        graphs.written(tmp_path, graph=bytes(content))
        with suppress(ClassifierUnreadable):
            assert len(load_folder(tmp_path)) == 1


def test_a_model_without_a_card(tmp_path: Path) -> None:
    (tmp_path / "lost.onnx").write_bytes(graphs.CHANNELS_FIRST)
    with pytest.raises(ClassifierUnreadable, match=r"lost.onnx: no card"):
        load_folder(tmp_path)


def test_a_name_twice(tmp_path: Path) -> None:
    graphs.written(tmp_path, name="a")
    graphs.changed(graphs.written(tmp_path, name="b"), "image.b@1", "image.a@2")
    with pytest.raises(ClassifierUnreadable, match=r"b.toml: there is a detector image.a already"):
        load_folder(tmp_path)


def test_too_many(tmp_path: Path) -> None:
    for number in range(folder.MAX_CLASSIFIERS + 1):
        graphs.written(tmp_path, name=f"one{number}")
    with pytest.raises(ClassifierUnreadable, match="more than 20"):
        load_folder(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ClassifierUnreadable, match="No such file"):
        load_folder(tmp_path / "none")


CHECK = '\n[[canonical]]\npicture = "check.png"\nlabel = "violence"\nscore = {}\n'


@pytest.mark.parametrize(("score", "is_right"), [(0.5, True), (0.9, False)])
def test_a_picture_of_known_score(tmp_path: Path, score: float, *, is_right: bool) -> None:
    path = graphs.written(tmp_path)
    seen = Image.new("RGB", (50, 40), (128, 0, 0))
    (tmp_path / "check.png").write_bytes(pictures.encoded(seen, "PNG"))
    with path.open("a", encoding="utf-8") as file:
        file.write(CHECK.format(score))
    if is_right:
        assert load_folder(tmp_path)[0].card.canonical[0].picture == "check.png"
        return
    with pytest.raises(ClassifierUnreadable, match=r"check.png scores 0.502 for violence, not 0.9"):
        load_folder(tmp_path)


@pytest.mark.parametrize(
    ("content", "cause"), [(None, "No such file"), (b"GIF89a", "header_corrupt|truncated")]
)
def test_a_picture_that_cannot_be_seen(tmp_path: Path, content: bytes | None, cause: str) -> None:
    path = graphs.written(tmp_path)
    if content is not None:
        (tmp_path / "check.png").write_bytes(content)
    with path.open("a", encoding="utf-8") as file:
        file.write(CHECK.format(0.5))
    with pytest.raises(ClassifierUnreadable, match=f"check.png: .*({cause})"):
        load_folder(tmp_path)
