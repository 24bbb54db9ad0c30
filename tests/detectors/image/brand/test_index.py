from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detectors import card as cards
from detectors.image.brand import index
from detectors.image.brand.detector import MODEL_ID, ROOT
from detectors.image.brand.embedder import Embedder
from detectors.image.brand.index import LogosInvalid
from detectors.session import ModelMismatch
from tests.detectors.image.brand import logo_pictures


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(cards.read(MODEL_ID), ROOT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "logos"
    made.mkdir()
    Image.fromarray(logo_pictures.wheel()).save(made / "Wheel Coin.png")
    Image.fromarray(logo_pictures.wheel((20, 20, 20))).save(made / "Wheel Coin~dark.png")
    Image.fromarray(logo_pictures.ladder()).save(made / "Ladder.webp", lossless=True)
    (made / "notes.txt").write_text("no picture", encoding="utf-8")
    return made


def test_a_folder_of_pictures(folder: Path, embedder: Embedder) -> None:
    logos = index.read(folder, embedder)
    assert logos.brands == ("Ladder", "Wheel Coin")
    assert set(logos.owners) == set(logos.hash_owners) == {0, 1}
    assert np.allclose(np.linalg.norm(logos.directions, axis=1), 1, atol=1e-5)
    own = embedder.directions(index.sights(logo_pictures.ladder())[:1])
    brand, cosine = logos.likest(own)
    assert (brand, round(cosine, 4)) == ("Ladder", 1.0)
    assert logos.nearest(index.hash_of(index.sights(logo_pictures.ladder())[0])[:1]) == (
        "Ladder",
        0,
    )


def test_an_index_as_a_file(folder: Path, tmp_path: Path, embedder: Embedder) -> None:
    logos = index.read(folder, embedder)
    index.write(logos, tmp_path / "logos.npz")
    again = index.read(tmp_path / "logos.npz", embedder)
    assert again.brands == logos.brands
    assert np.allclose(again.directions, logos.directions, atol=1e-3)
    assert np.array_equal(again.hashes, logos.hashes)
    assert np.array_equal(again.owners, logos.owners)


def test_what_cannot_be_read(folder: Path, tmp_path: Path, embedder: Embedder) -> None:
    (folder / "Broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    with pytest.raises(LogosInvalid, match=r"Broken\.png: header_corrupt"):
        index.read(folder, embedder)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(LogosInvalid, match="empty: no picture"):
        index.read(empty, embedder)
    for content in (b"", b"PK\x03\x04", b"text"):
        (tmp_path / "x.npz").write_bytes(content)
        with pytest.raises(LogosInvalid, match=r"x\.npz: no index"):
            index.read(tmp_path / "x.npz", embedder)
    with pytest.raises(FileNotFoundError):
        index.read(tmp_path / "none.npz", embedder)


def test_an_index_must_hold_together(folder: Path, tmp_path: Path, embedder: Embedder) -> None:
    logos = index.read(folder, embedder)
    index.write(logos, tmp_path / "logos.npz")
    with np.load(tmp_path / "logos.npz") as held:
        arrays = {name: held[name] for name in held.files}
    arrays["owners"] = arrays["owners"] + 9
    np.savez(tmp_path / "logos.npz", **arrays)
    with pytest.raises(LogosInvalid, match="hold together"):
        index.read_file(tmp_path / "logos.npz")


def test_no_logos(embedder: Embedder, tmp_path: Path) -> None:
    logos = index.made([], embedder)
    index.write(logos, tmp_path / "none.npz")
    assert index.read_file(tmp_path / "none.npz").brands == ()


def test_directions_do_not_depend_on_what_else_is_asked(embedder: Embedder) -> None:
    views = [*index.sights(logo_pictures.ladder()), *index.sights(logo_pictures.wheel())]
    together = embedder.directions(views)
    for number, view in enumerate(views):
        assert np.array_equal(embedder.directions([view])[0], together[number])
    assert embedder.directions([]).shape == (0, 256)


def test_another_file_is_refused(tmp_path: Path) -> None:
    card = cards.read(MODEL_ID)
    path = tmp_path / card.files["embedder"].path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"other")
    with pytest.raises(ModelMismatch, match="is not the file"):
        Embedder(card, tmp_path)
