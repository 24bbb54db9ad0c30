from pathlib import Path

from streams.media.listed import Listed


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_lists_have_an_edition_once_they_have_settled(tmp_path: Path) -> None:
    bank = tmp_path / "bank.json"
    bank.write_text("one", encoding="utf-8")
    clock = Clock()
    listed = Listed([tmp_path], every_s=5.0, settling_s=6.0, clock=clock)
    first = listed.edition()
    assert first is not None
    clock.now_s += 5.0
    assert listed.edition() == first
    bank.write_text("another", encoding="utf-8")
    clock.now_s += 5.0
    # Whoever examines may not have looked yet.
    assert listed.edition() is None
    clock.now_s += 5.9
    assert listed.edition() is None
    clock.now_s += 0.1
    assert listed.edition() not in {first, None}


def test_without_lists_there_is_one_edition() -> None:
    assert Listed(()).edition() == Listed(()).edition() == ()
