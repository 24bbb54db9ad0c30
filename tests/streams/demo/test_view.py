from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from msgspec import structs
from rich.cells import cell_len
from rich.console import Console

from schemas.features import CampaignFeatures, Features
from schemas.verdicts import Reason
from streams.demo.tally import Counts, Seen, Tally, Update
from streams.demo.texts import KINDS, load_languages, load_slots
from streams.demo.view import excerpt, notable_line, render, status_line, watch
from tests.streams.demo.test_tally import make_verdict

SCAM = Reason(code="scam", rule="scam-remove", policy_version="1", label="scam", score=0.97)


def make_clock(step_s: float) -> Callable[[], float]:
    moments = iter(range(10_000))
    return lambda: next(moments) * step_s


def updates() -> Iterator[Update | None]:
    yield None
    yield Counts(sent=40, dead_letters=2, filtered=1)
    for i in range(20):
        yield Seen(verdict=make_verdict(item_id=f"m-{i}"), latency_ms=12.0)
    yield Seen(verdict=make_verdict("m-bad", "square", "remove", (SCAM,)), latency_ms=40.0)
    for _ in range(10):
        yield None


def test_plain_lines_where_there_is_no_terminal() -> None:
    out = StringIO()
    console = Console(file=out, width=60)
    tally = watch(
        updates(),
        console=console,
        excerpts={"m-bad": "send 1 get 2 [red]now[/red]"},
        clock=make_clock(0.2),
        started_s=-3.0,
    )
    assert tally.total == 21
    lines = out.getvalue().splitlines()
    assert lines[0] == "first verdict after 3.6 s"
    assert any("square remove: scam 0.97 | send 1 get 2 [red]now[/red]" in line for line in lines)
    assert "21 verdicts" in lines[-1]
    assert "dead letters 2" in lines[-1]
    assert "p50 12 ms  p99 40 ms" in lines[-1]
    assert len([line for line in lines if " verdicts, " in line]) == 7


def test_what_is_said_of_a_campaign() -> None:
    campaign = CampaignFeatures(id="c-1", n_actors=12, n_items=14, violating_share=0.52)
    wave = structs.replace(
        make_verdict("m-1", "square", "hold"), features=Features(campaign=campaign)
    )
    revised = structs.replace(wave, stage="campaign")
    harmless = structs.replace(
        wave, features=Features(campaign=structs.replace(campaign, violating_share=0.0))
    )
    assert "hold: one of 12 actors in a campaign, 52% violating" in notable_line(wave, {})
    assert "hold: revised: one of 12 actors in a" in notable_line(revised, {})
    assert "campaign" not in notable_line(harmless, {})
    tally = Tally(started_s=0.0)
    tally.add(Seen(verdict=harmless), now_s=1.0)
    assert "in campaigns" not in status_line(tally, now_s=2.0)
    for one in (wave, revised):
        tally.add(Seen(verdict=one), now_s=1.0)
    assert status_line(tally, now_s=2.0).endswith(" | in campaigns 2, 1 of them revised")


def test_live_table_on_a_terminal() -> None:
    out = StringIO()
    console = Console(file=out, width=120, force_terminal=True, color_system=None)
    tally = watch(
        updates(),
        console=console,
        excerpts={"m-bad": "送 1 返 2"},
        clock=make_clock(0.2),
        started_s=0.0,
    )
    assert tally.total == 21
    shown = out.getvalue()
    assert "first after 0.6 s" in shown
    assert "scam 0.97" in shown
    assert "送 1 返 2" in shown


def test_nothing_yet() -> None:
    console = Console(file=StringIO(), width=100, record=True)
    console.print(render(Tally(started_s=0.0), {}, now_s=1.0))
    assert "waiting for the first verdict" in console.export_text()


def test_no_updates_at_all() -> None:
    out = StringIO()
    watch([], console=Console(file=out), excerpts={}, clock=make_clock(1.0), started_s=0.0)
    assert "0 verdicts" in out.getvalue()


def test_rendered_lines_keep_to_the_width() -> None:
    tally = Tally(started_s=0.0)
    verdict = make_verdict("m-1", "chatroom", "remove", (SCAM,))
    tally.add(Seen(verdict=verdict), now_s=1.0)
    console = Console(file=StringIO(), width=100, record=True)
    console.print(render(tally, {"m-1": "一二三四五六七八九十" * 30}, now_s=2.0))
    assert all(cell_len(line) <= 100 for line in console.export_text().splitlines())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gm", "gm"),
        ("two\nlines\tand  spaces ", "two lines and spaces"),
        ("red \x1b[31mtext\x07", "red [31mtext"),
        ("abc\u202edef\u2066ghi", "abcdefghi"),
        ("क्\u200dष", "क्\u200dष"),
        ("", ""),
        ("\ud800", ""),
    ],
)
def test_excerpt_is_safe_to_print(text: str, expected: str) -> None:
    assert excerpt(text) == expected


def test_excerpt_counts_columns() -> None:
    assert excerpt("浪" * 30) == "浪" * 30
    cut = excerpt("浪" * 31)
    assert cut.endswith("…")
    assert cell_len(cut) <= 60


def test_every_language_of_the_demo_can_be_shown() -> None:
    for language in load_languages():
        for kind in KINDS:
            for group in (language.ordinary, language.violating):
                for text in group.get(kind, ()):
                    assert cell_len(excerpt(text)) <= 60
    assert load_slots().names
