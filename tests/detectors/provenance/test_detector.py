"""What files say of how they were made, on files made by code."""

import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.detector import Undecodable, signals_of
from detectors.evaluation import provenance_files as make
from detectors.evaluation.provenance import Case, cases, hostile
from detectors.media import File
from detectors.provenance.claim import MAX_VALUE_CHARS
from detectors.provenance.detector import MAX_SIGNALS, Provenance
from schemas.signals import Signal

CASES = list(cases())
HOSTILE = list(hostile())
SIGNED = make.signed(make.picture(), "image/png")


@pytest.fixture(scope="module")
def detector() -> Provenance:
    return Provenance()


def said(detector: Provenance, content: bytes, modality: str = "image") -> tuple[Signal, ...]:
    file = File(name="media[0]", modality=modality, content=content)  # type: ignore[arg-type]
    return signals_of(detector.predict([file])[0])


def evidence(signal: Signal) -> dict[str, str]:
    assert signal.evidence is not None
    return signal.evidence


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_files_say_is_found(detector: Provenance, case: Case) -> None:
    found = said(detector, case.content, case.modality)
    if not case.kind:
        assert found == ()
        return
    strongest = found[0]
    assert (strongest.label, strongest.part) == ("ai_generated", "media[0]")
    assert evidence(strongest)["kind"] == case.kind
    assert case.tool in {"", evidence(strongest).get("tool", "")}
    assert all(0.5 < signal.score <= 1.0 for signal in found)


@pytest.mark.parametrize("case", HOSTILE, ids=[case.name for case in HOSTILE])
def test_hostile_files_are_answered(detector: Provenance, case: Case) -> None:
    found = said(detector, case.content, case.modality)
    assert len(found) <= MAX_SIGNALS
    for signal in found:
        assert all(len(value) <= MAX_VALUE_CHARS for value in evidence(signal).values())


def test_signatures_are_told_apart(tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(make.signer().root)
    trusting = Provenance(anchors=anchors)
    broken = SIGNED[:-60] + bytes([SIGNED[-60] ^ 1]) + SIGNED[-59:]
    found = [said(trusting, SIGNED), said(Provenance(), SIGNED), said(trusting, broken)]
    assert [evidence(one[0])["status"] for one in found] == ["trusted", "untrusted", "broken"]
    scores = [one[0].score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert evidence(found[0][0])["signer"] == "Example Pictures"
    assert evidence(found[0][0])["tool"] == "Example Imaginer"


def test_anchors_that_are_none_are_refused(tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.pem"
    with pytest.raises(OSError, match=r"anchors\.pem"):
        Provenance(anchors=anchors)


def test_an_empty_file_is_undecodable(detector: Provenance) -> None:
    files = [
        File(name="a", modality="image", content=b""),
        File(name="b", modality="image", content=SIGNED),
    ]
    empty, other = detector.predict(files)
    assert isinstance(empty, Undecodable)
    assert signals_of(other)
    assert detector.predict([]) == []


def test_a_batch_answers_as_one_by_one(detector: Provenance) -> None:
    files = [
        File(name=case.name, modality=case.modality, content=case.content)
        for case in (*CASES, *HOSTILE)
    ]
    assert detector.predict(files) == [detector.predict([file])[0] for file in files]


def test_evidence_quotes_no_prompt(detector: Provenance) -> None:
    found = said(detector, make.png_text("parameters", make.WEB_UI))
    assert found
    assert "lighthouse" not in str([evidence(one) for one in found])


def test_two_claims_are_two_signals(detector: Provenance) -> None:
    content = make.with_png_block(
        make.png_text("parameters", make.WEB_UI), b"tEXt", b"Software\x00ComfyUI"
    )
    found = said(detector, content)
    assert [evidence(one)["kind"] for one in found] == ["settings", "software"]


def test_the_same_in_two_places_is_told_once(detector: Provenance) -> None:
    text = b"Software\x00NovelAI"
    content = make.with_png_block(make.picture(), b"tEXt", text)
    content = make.with_png_block(content, b"tEXt", text)
    assert len(said(detector, content)) == 1


def test_xmp_in_a_packed_block_is_read(detector: Provenance) -> None:
    body = make.xmp(
        "", f'Iptc4xmpExt:DigitalSourceType="{make.SOURCE_TYPES}trainedAlgorithmicMedia"'
    )
    block = b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(body)
    found = said(detector, make.with_png_block(make.picture(), b"iTXt", block))
    assert [evidence(one)["kind"] for one in found] == ["source_type"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_raise_nothing(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    content = bytearray(case.content[-4_000:] if data.draw(st.booleans()) else case.content)
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))
    said(Provenance(), bytes(content[:cut]), case.modality)
