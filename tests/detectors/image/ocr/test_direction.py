import pytest

from detectors.image.ocr.direction import is_right_to_left, turned

LINE = "أكّد كلمة المرور على secure-check.example (8%) الآن 12.5"


def test_words_of_the_other_direction_stay() -> None:
    assert turned("مرحبا يا أصدقاء bank.example 25") == "bank.example 25 ءاقدصأ اي ابحرم"


@pytest.mark.parametrize("line", [LINE, "تم 1200 رمز", "سلام (world) 50%"])
def test_twice_is_as_before(line: str) -> None:
    assert turned(turned(line)) == line


@pytest.mark.parametrize("line", ["", "plain text", "по-русски", "123"])
def test_other_lines_stay(line: str) -> None:
    assert not is_right_to_left(line)
    assert turned(line) == line
