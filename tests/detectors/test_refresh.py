from pathlib import Path

from detectors.refresh import Followed


def joined(path: Path) -> str:
    text = "".join(file.read_text() for file in sorted(path.iterdir()))
    if "!" in text:
        message = "no such word"
        raise ValueError(message)
    return text


def test_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    live = Followed(tmp_path, joined, every_s=0.0)
    assert live.current() == "one"
    (tmp_path / "b").write_text(" two")
    assert live.current() == "one two"
    (tmp_path / "a").unlink()
    assert live.current() == " two"


def test_why_a_change_is_refused_is_told_until_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    live = Followed(tmp_path, joined, every_s=0.0)
    (tmp_path / "a").write_text("bad!")
    assert live.current() == "one"
    assert live.refusal == "no such word"
    (tmp_path / "a").write_text("mended")
    assert live.current() == "mended"
    assert live.refusal is None


def test_a_patient_one_waits_until_nobody_writes_any_more(tmp_path: Path) -> None:
    now_s = 0.0
    (tmp_path / "a").write_text("1")
    live = Followed(tmp_path, joined, every_s=2.0, is_patient=True, clock=lambda: now_s)
    for n in range(2, 6):
        now_s += 2.0
        (tmp_path / "a").write_text("x" * n)
        assert live.current() == "1"
    now_s += 1.0
    assert live.current() == "1"
    now_s += 1.0
    assert live.current() == "x" * 5


def test_what_an_editor_leaves_hides_no_change(tmp_path: Path) -> None:
    def shown(path: Path) -> str:
        return "".join(f.read_text() for f in sorted(path.iterdir()) if f.name[0] != ".")

    (tmp_path / "a").write_text("one")
    (tmp_path / ".#a").symlink_to("nobody@nowhere.1")
    live = Followed(tmp_path, shown, every_s=0.0)
    (tmp_path / "a").write_text("one and two")
    assert live.current() == "one and two"
    (tmp_path / "a~").symlink_to("nowhere")
    (tmp_path / "a~").unlink()
    (tmp_path / "a").unlink()
    assert live.current() == ""
