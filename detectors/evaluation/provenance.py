"""Measures `media.provenance` and `image.watermark`: `python -m detectors.evaluation.provenance`.

Some minutes. Makes files of every kind that says it comes from a generator, and hostile ones; reads
the harmless pictures and videos of the data folder; writes `provenance_1.md`.
"""

import argparse
import logging
import resource
import struct
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.detector import signals_of
from detectors.evaluation import measures
from detectors.evaluation import provenance_files as make
from detectors.evaluation.posters import photo as poster_photo
from detectors.image.decode import decode
from detectors.media import File
from detectors.provenance.detector import Provenance
from detectors.provenance.watermark import MARKS, Watermark
from schemas.labels import MediaModality

_LOG = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
N_MARKED: Final = 50
N_UNMARKED: Final = 3_000
N_NOISY: Final = 1_000
SIDE_PX: Final = 512


class Case(Struct, frozen=True):
    """A file, and the kind of claim and tool that are to be found; no kind where none is."""

    name: str
    modality: MediaModality
    content: bytes
    kind: str = ""
    tool: str = ""


class Seen(Struct, frozen=True):
    """What was found in a case, and what it took."""

    case: Case
    kind: str
    tool: str
    score: float
    ms: float


def cases() -> Iterator[Case]:
    """Gives files that say where they come from, and files that say something else."""
    iptc = make.SOURCE_TYPES
    name = "Iptc4xmpExt:DigitalSourceType"
    yield Case(
        "PNG parameters of the web UI",
        "image",
        make.png_text("parameters", make.WEB_UI),
        "settings",
        "Stable Diffusion web UI",
    )
    yield Case(
        "the same, packed",
        "image",
        make.png_text("parameters", make.WEB_UI, packed=True),
        "settings",
        "Stable Diffusion web UI",
    )
    yield Case(
        "the same in a JPEG's user comment",
        "image",
        make.jpeg_exif(0x9286, make.WEB_UI),
        "settings",
        "Stable Diffusion web UI",
    )
    yield Case(
        "PNG prompt of ComfyUI", "image", make.png_text("prompt", make.COMFY), "settings", "ComfyUI"
    )
    yield Case(
        "PNG of NovelAI", "image", make.png_text("Software", "NovelAI"), "software", "NovelAI"
    )
    job = "a lighthouse --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"
    yield Case(
        "PNG of Midjourney", "image", make.png_text("Description", job), "settings", "Midjourney"
    )
    yield Case(
        "EXIF software",
        "image",
        make.jpeg_exif(0x131, "Adobe Firefly"),
        "software",
        "Adobe Firefly",
    )
    yield Case(
        "IPTC source type as an element",
        "image",
        make.jpeg_xmp(f"<{name}>{iptc}trainedAlgorithmicMedia</{name}>"),
        "source_type",
    )
    yield Case(
        "IPTC source type as an attribute",
        "image",
        make.jpeg_xmp("", f'{name}="{iptc}compositeWithTrainedAlgorithmicMedia"'),
        "source_type",
    )
    yield Case(
        "XMP creator tool",
        "image",
        make.jpeg_xmp("", 'xmp:CreatorTool="DALL·E 3"'),
        "software",
        "DALL-E",
    )
    yield Case(
        "XMP credit",
        "image",
        make.jpeg_xmp("", 'photoshop:Credit="Made with Google AI"'),
        "software",
        "Google AI",
    )
    yield Case(
        "IPTC-IIM credit",
        "image",
        make.jpeg_iptc(110, "Made with Google AI"),
        "software",
        "Google AI",
    )
    label = '{"Label":"1","ContentProducer":"example","ProduceID":"1"}'
    yield Case("China's label", "image", make.png_text("AIGC", label), "declared")
    yield Case("C2PA in PNG", "image", make.signed(make.picture(), "image/png"), "c2pa")
    yield Case("C2PA in JPEG", "image", make.signed(make.picture("JPEG"), "image/jpeg"), "c2pa")
    yield Case("C2PA in WebP", "image", make.signed(make.picture("WEBP"), "image/webp"), "c2pa")
    yield Case(
        "C2PA, composite",
        "image",
        make.signed(
            make.picture(), "image/png", source_type="compositeWithTrainedAlgorithmicMedia"
        ),
        "c2pa",
    )
    yield Case("C2PA in MP4", "video", make.signed(make.mp4(), "video/mp4"), "c2pa")
    yield Case("C2PA in WAV", "audio", make.signed(make.wav(b"ICMT", "x"), "audio/wav"), "c2pa")
    yield Case("MP4 software", "video", make.mp4(software="RunwayML"), "software", "Runway")
    yield Case("WAV software", "audio", make.wav(b"ISFT", "Suno"), "software", "Suno")
    yield Case(
        "MP3 user text", "audio", make.mp3("software", "ElevenLabs"), "software", "ElevenLabs"
    )
    yield from _others()


def _others() -> Iterator[Case]:
    """Files with metadata that says nothing of AI, though some of it comes near."""
    name = "Iptc4xmpExt:DigitalSourceType"
    capture = f'{name}="{make.SOURCE_TYPES}digitalCapture"'
    algorithm = f'{name}="{make.SOURCE_TYPES}algorithmicMedia"'
    yield Case("no metadata", "image", make.picture())
    yield Case("a camera", "image", make.jpeg_exif(0x10F, "Firefly Cameras"))
    yield Case("an editor", "image", make.jpeg_exif(0x131, "Adobe Photoshop 26.1"))
    yield Case("source type: captured", "image", make.jpeg_xmp("", capture))
    yield Case("source type: drawn by rules", "image", make.jpeg_xmp("", algorithm))
    yield Case(
        "a caption about AI",
        "image",
        make.png_text("Description", "A talk on Midjourney, Stable Diffusion and steps"),
    )
    yield Case("words that hold names", "image", make.png_text("Software", "Audio Studio Sunobo"))
    yield Case(
        "C2PA of a camera",
        "image",
        make.signed(
            make.picture(), "image/png", source_type="digitalCapture", agent="Example Camera"
        ),
    )
    yield Case("a clip without tags", "video", make.mp4())
    yield Case("a comment on steps", "audio", make.wav(b"ICMT", "steps: 3, then chorus"))


def hostile() -> Iterator[Case]:
    """Files made to cost more than they should."""
    bomb = zlib.compress(b"A" * (200 << 20), 9)
    yield Case(
        "zTXt of 200 MiB when unpacked",
        "image",
        make.with_png_block(make.picture(), b"zTXt", b"parameters\x00\x00" + bomb),
    )
    many = make.picture()
    block = b"zTXt", b"k\x00\x00" + zlib.compress(b"steps " * (1 << 20), 9)
    for _ in range(200):
        many = make.with_png_block(many, *block)
    yield Case("200 such blocks of 6 MiB", "image", many)
    deep = "<a>" * 100_000 + "</a>" * 100_000
    yield Case("XMP nested 100,000 deep", "image", make.picture("GIF") + make.xmp(deep))
    entities = make.xmp("<dc:creator>&l;</dc:creator>").replace(
        b"<x:xmpmeta", b'<!DOCTYPE x [<!ENTITY l "lol">]><x:xmpmeta', 1
    )
    yield Case("XMP with entities", "image", make.picture("GIF") + entities)
    yield Case("10,000 beginnings of XMP", "image", b"<x:xmpmeta" * 10_000)
    loop = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<H", 65_535)
    loop += struct.pack("<HHII", 0x8769, 4, 1, 8) * 5_000
    yield Case("EXIF that leads back to itself", "image", b"\xff\xd8" + loop)
    sizes = struct.pack("<HHII", 0x131, 2, 0xFFFFFFFF, 8)
    huge = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<H", 1) + sizes
    yield Case("EXIF text of 4 GiB", "image", b"\xff\xd8" + huge)
    yield Case(
        "PNG block of 4 GiB", "image", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXtparameters\x00steps"
    )
    yield Case(
        "text that patterns might choke on",
        "image",
        make.png_text("parameters", "steps: 1, " * 6_000 + '"nodes" : ' * 2_000),
    )
    signed = make.signed(make.picture(), "image/png")
    for at in range(400, len(signed), len(signed) // 8):
        yield Case(f"C2PA cut at {at:,}", "image", signed[:at])
    yield Case(
        "C2PA, all bits turned", "image", signed[:60] + bytes(255 - one for one in signed[60:])
    )


def seen(case: Case, detector: Provenance) -> Seen:
    """Gives what a detector finds strongest in a case."""
    file = File(name="media[0]", modality=case.modality, content=case.content)
    started_s = time.process_time()
    found = signals_of(detector.predict([file])[0])
    ms = 1e3 * (time.process_time() - started_s)
    if not found:
        return Seen(case, "", "", 0.0, ms)
    evidence = found[0].evidence or {}
    return Seen(case, evidence.get("kind", ""), evidence.get("tool", ""), found[0].score, ms)


def statuses(folder: Path) -> list[tuple[str, str, float]]:
    """Gives what is said of a signature that is trusted, untrusted, or broken."""
    anchors = folder / "anchors.pem"
    anchors.write_bytes(make.signer().root)
    signed = make.signed(make.picture(), "image/png")
    broken = signed[:-60] + bytes([signed[-60] ^ 1]) + signed[-59:]
    found = []
    for name, content, detector in (
        ("signed, signer among the anchors", signed, Provenance(anchors=anchors)),
        ("signed, no anchors", signed, Provenance()),
        ("changed after signing", broken, Provenance(anchors=anchors)),
    ):
        (signal,) = signals_of(
            detector.predict([File(name="x", modality="image", content=content)])[0]
        )
        found.append((name, (signal.evidence or {})["status"], signal.score))
    return found


def harmless(data: Path) -> dict[str, tuple[int, int, float]]:
    """Gives files, files with a claim and mean processor ms, by set of the data folder."""
    detector = Provenance()
    found: dict[str, tuple[int, int, float]] = {}
    for folder in ("crypto_icons", "openclipart_subset", "fight_surveillance_video"):
        paths = sorted(
            path for path in (data / folder).rglob("*") if path.suffix in {".png", ".mp4"}
        )
        modality: MediaModality = "video" if folder.endswith("video") else "image"
        answers = [seen(Case(path.name, modality, path.read_bytes()), detector) for path in paths]
        n_claims = sum(bool(one.kind) for one in answers)
        found[folder] = len(paths), n_claims, float(np.mean([one.ms for one in answers]))
        _LOG.info("%s: %s", folder, found[folder])
    return found


def false_marks(data: Path) -> dict[str, tuple[int, int]]:
    """Gives unmarked pictures, and those in which a mark is found all the same."""
    detector = Watermark()
    found: dict[str, tuple[int, int]] = {}

    def count(name: str, contents: Iterator[bytes]) -> None:
        n = n_found = 0
        for content in contents:
            (answer,) = detector.predict([decode(content, name="x")])
            n += 1
            n_found += bool(signals_of(answer))
        found[name] = n, n_found
        _LOG.info("%s: %s", name, found[name])

    drawn = (
        make.picture("BMP", poster_photo(np.random.default_rng(n), SIDE_PX, SIDE_PX))
        for n in range(N_UNMARKED)
    )
    count("drawn shapes and words, 512 px", drawn)
    count(
        "soft shapes with grain, 512 px",
        (make.picture("BMP", make.photo(n, SIDE_PX)) for n in range(N_NOISY)),
    )
    count(
        "openclipart_subset",
        (path.read_bytes() for path in sorted((data / "openclipart_subset").rglob("*.png"))),
    )
    flat = (np.full((256, 256, 3), n, np.uint8) for n in range(256))
    count("one grey, 256 px", (make.picture("BMP", one) for one in flat))
    return found


def found_marks() -> list[tuple[str, str, int]]:
    """Gives how many of `N_MARKED` marked pictures are found, by tool and kind of file."""
    detector = Watermark()
    found = []
    for mark in MARKS:
        pictures = [make.marked(make.photo(n, SIDE_PX), mark.bits) for n in range(N_MARKED)]
        for kind in ("PNG", "WEBP", "JPEG"):
            files = [decode(make.picture(kind, one), name="x") for one in pictures]
            answers = detector.predict(files)
            found.append(
                (
                    f"{mark.tool}, {len(mark.bits)} bits",
                    kind,
                    sum(bool(signals_of(one)) for one in answers),
                )
            )
    return found


def page(data: Path) -> str:
    """Measures everything and gives the page."""
    detector = Provenance()
    known = [seen(case, detector) for case in cases()]
    attacks = [seen(case, detector) for case in hostile()]
    with tempfile.TemporaryDirectory() as folder:
        signatures = statuses(Path(folder))
    plain = harmless(data)
    lines = [
        "# Where files say they come from",
        "",
        "Written by `python -m detectors.evaluation.provenance --data DIR`. Times are processor "
        "time.",
        "",
        "## Files made by code",
        "",
        "| file | expected | found | score | ms |",
        "|---|---|---|---|---|",
    ]
    for one in known:
        wanted = " ".join(filter(None, (one.case.kind, one.case.tool))) or "nothing"
        got = " ".join(filter(None, (one.kind, one.tool))) or "nothing"
        is_right = one.kind == one.case.kind and one.case.tool in {"", one.tool}
        mark = "" if is_right else " **wrong**"
        lines.append(
            f"| {one.case.name} | {wanted} | {got}{mark} | {one.score or '-'} | {one.ms:.1f} |"
        )
    lines += ["", "| signature | status | score |", "|---|---|---|"]
    lines += [f"| {name} | {status} | {score} |" for name, status, score in signatures]
    lines += [
        "",
        "## Harmless files",
        "",
        "None is known to be made by AI.",
        "",
        "| set | files | with a claim | at most, 95 % | ms a file |",
        "|---|---|---|---|---|",
    ]
    for name, (n, n_claims, ms) in plain.items():
        high = measures.wilson(n_claims, n).high
        lines.append(f"| {name} | {n} | {n_claims} | {100 * high:.1f} % | {ms:.1f} |")
    lines += ["", *_marks(data), "", *_attacks(attacks)]
    return "\n".join(lines) + "\n"


def _marks(data: Path) -> list[str]:
    lines = [
        "## Watermarks",
        "",
        f"`image.watermark`, found of {N_MARKED} pictures of {SIDE_PX} pixels a side that code here"
        " marked as invisible-watermark does: in originals only, as known.",
        "",
        "| mark | file | found |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {kind} | {n} |" for name, kind, n in found_marks()]
    lines += [
        "",
        "| pictures without a mark | n | mark found | at most, 95 % |",
        "|---|---|---|---|",
    ]
    for name, (n, n_found) in false_marks(data).items():
        high = measures.wilson(n_found, n).high
        lines.append(f"| {name} | {n} | {n_found} | {100 * high:.2f} % |")
    return lines


def _attacks(attacks: list[Seen]) -> list[str]:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines = [
        "## Hostile files",
        "",
        "| file | bytes | found | ms |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {one.case.name} | {len(one.case.content):,} | {one.kind or 'nothing'} | {one.ms:.0f} |"
        for one in attacks
    ]
    return [*lines, "", f"All of this page, in one process, peaked at {peak_mb} MB."]


def main() -> None:
    """Measures and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.provenance")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    (_FOLDER / "provenance_1.md").write_text(page(given.data), encoding="utf-8")


if __name__ == "__main__":
    main()
