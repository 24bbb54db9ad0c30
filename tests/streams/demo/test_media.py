import hashlib
from io import BytesIO

import av
import pytest
import zxingcpp
from PIL import Image

from detectors.detector import signals_of
from detectors.image.brand.detector import ImageBrand
from detectors.image.decode import decode
from detectors.image.picture import Picture
from streams.demo.media import FOLDER, MANIFEST, DemoFile, load
from streams.demo.texts import load_slots

FILES = load()
PICTURES = [one for one in FILES if one.modality == "image"]


def of(kind: str) -> list[DemoFile]:
    return [one for one in FILES if one.kind == kind]


def test_the_manifest_is_of_the_files_there_are() -> None:
    names = {one.file for one in FILES}
    assert names | {MANIFEST} == {path.name for path in FOLDER.iterdir()}
    assert len(names) == len(FILES)
    for one in FILES:
        content = one.path.read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one.n_bytes, one.sha256)
    assert sum(one.n_bytes for one in FILES) < 3_000_000


def test_there_is_enough_of_everything() -> None:
    assert len({one.lang for one in of("poster")}) >= 6
    assert sum(bool(one.labels) for one in of("code")) >= 3
    assert sum(not one.labels for one in of("code")) >= 2
    assert len(of("lookalike")) >= 4
    assert len(of("token")) >= 4
    assert len(of("picture")) >= 8
    for kind, n_bad, n_good in (("voice", 3, 3), ("clip", 2, 2)):
        assert sum(bool(one.labels) for one in of(kind)) >= n_bad
        assert sum(not one.labels for one in of(kind)) >= n_good


def test_what_is_written_to_violate_has_a_label() -> None:
    for one in FILES:
        if one.kind in {"poster", "lookalike"}:
            assert one.labels
        if one.kind in {"picture", "token"}:
            assert not one.labels


@pytest.mark.parametrize("one", PICTURES, ids=lambda one: one.file)
def test_pictures_decode(one: DemoFile) -> None:
    picture = decode(one.path.read_bytes(), name="media")
    assert isinstance(picture, Picture)
    assert not picture.is_truncated


def test_look_alikes_are_found_but_under_a_hat() -> None:
    """The evaluation finds 2 % of copies under hats: the demo shows one that is missed, too."""
    detector = ImageBrand()
    files = [one for one in PICTURES if one.surface == "memerush"]
    pictures = [decode(one.path.read_bytes(), name=one.file) for one in files]
    found = {
        signal.part
        for answer in detector.predict(pictures)
        for signal in signals_of(answer)
        if signal.score >= detector.card.thresholds["impersonation"]
    }
    assert {one.file for one in of("lookalike")} - found == {"token-btc-hat.png"}
    assert found <= {one.file for one in of("lookalike")}


@pytest.mark.parametrize("one", of("code"), ids=lambda one: one.file)
def test_codes_say_what_the_manifest_says(one: DemoFile) -> None:
    with Image.open(BytesIO(one.path.read_bytes())) as seen:
        found = zxingcpp.read_barcodes(seen.convert("RGB"))
    assert [code.text for code in found] == [one.says]


@pytest.mark.parametrize("one", [*of("voice"), *of("clip")], ids=lambda one: one.file)
def test_recordings_play(one: DemoFile) -> None:
    with av.open(str(one.path)) as opened:
        kinds = {stream.type for stream in opened.streams}
        frames = [len(packet.decode()) for packet in opened.demux() if packet.size]
    assert sum(frames) > 20
    assert kinds >= {"audio" if one.modality == "audio" else "video"}


def test_hosts_are_the_demo_s_own() -> None:
    slots = load_slots()
    known = {*slots.good_hosts, *slots.bad_hosts}
    for one in FILES:
        words = one.says.replace("https://", "").split()
        hosts = {word.partition("/")[0] for word in words if ".invalid" in word or ".exam" in word}
        assert hosts <= known
        if any(host in slots.bad_hosts for host in hosts):
            assert one.labels
