import struct

from detectors.training.image_ocr.traineddata import PARTS, without


def file(parts: dict[str, bytes]) -> bytes:
    head = 4 + 8 * len(PARTS)
    table, body = [], b""
    for name in PARTS:
        table.append(head + len(body) if name in parts else -1)
        body += parts.get(name, b"")
    return struct.pack(f"<i{len(PARTS)}q", len(PARTS), *table) + body


def test_nothing_left_out_is_the_same_file() -> None:
    whole = file({"lstm": b"network", "lstm-system-dawg": b"words", "version": b"4"})
    assert without(whole, ()) == whole


def test_a_part_is_gone_and_the_others_stay() -> None:
    whole = file({"lstm": b"network", "lstm-system-dawg": b"words", "version": b"4"})
    assert without(whole, {"lstm-system-dawg"}) == file({"lstm": b"network", "version": b"4"})
