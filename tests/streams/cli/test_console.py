"""What commands print: whole cells, and nothing that steers a terminal."""

import io

import pytest
from rich.console import Console

from streams.cli import console

PLACE = "chatroom.messages.v1.dlq/11/1234567890"
HEADS = ("dead letter", "message")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A narrow terminal, and what it was sent."""
    sent = io.StringIO()
    narrow = Console(file=sent, force_terminal=True, width=30, color_system=None)
    monkeypatch.setattr(console, "OUT", narrow)
    return sent


def test_without_a_terminal_a_row_is_a_line_however_long(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    console.print_table(HEADS, [(PLACE, "x" * 500), (7, "one\ttwo\nthree")])
    assert capsysbinary.readouterr().out.decode().splitlines() == [
        "dead letter\tmessage",
        f"{PLACE}\t{'x' * 500}",
        "7\tone two three",
    ]


def test_hostile_cells_stay_in_their_line(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    console.print_table(HEADS, [("\x1b[2J", "\u202e[red]\r\u2028\ud800")])
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert lines[1:] == ["\ufffd[2J\t\ufffd[red]\ufffd \\ud800"]


def test_a_narrow_terminal_folds_and_cuts_nothing(terminal: io.StringIO) -> None:
    console.print_table(HEADS, [(PLACE, "[red]no[/red]"), ("\x1b[2J", "")])
    shown = terminal.getvalue()
    first = "".join(
        line.split("\u2502")[1].strip() for line in shown.splitlines() if "\u2502" in line
    )
    assert PLACE in first
    assert "\u2026" not in shown
    assert "\x1b" not in shown


def test_ctrl_c_is_one_line_also_while_another_error_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(console, "_known_errors", interrupted)
    message = "any"
    with pytest.raises(SystemExit) as ended, console.one_line_errors():
        raise console.Failure(message)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "tidegate: stopped\n"
