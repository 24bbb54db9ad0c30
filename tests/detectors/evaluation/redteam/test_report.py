import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from detectors.evaluation.gate_file import GateInvalid
from detectors.evaluation.redteam import gate, page, report
from detectors.evaluation.redteam.catalogue import ATTACKS
from detectors.evaluation.redteam.gate import Gate
from detectors.evaluation.redteam.judge import Judge
from detectors.evaluation.redteam.report import Options, Report
from detectors.evaluation.run.rows import LabelledText
from tests.detectors.evaluation.redteam.samples import WORD, Knows, row, rows

NAMES = ["zero_width", "padded_after", "latin_homoglyphs", "hex_payload", "greedy_search"]
HOSTILE = '<script>alert("x")</script>'
SHIPPED = Path(gate.__file__).parent / "gate.toml"


def ran(given: list[LabelledText], *names: str) -> Report:
    attacks = [ATTACKS[name] for name in names or NAMES]
    judge = Judge(detectors=[Knows()])
    return report.run(given, judge, attacks, Options(budget=30), lambda _share: None)


class Tags(HTMLParser):
    """Checks that what is opened is closed, and that nothing is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert not {"src", "href", "onload", "onclick"} & {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_rates_count_what_was_flagged_and_attacked() -> None:
    found = ran(rows())
    assert (found.n_texts, found.n_flagged) == (9, 8)
    by_name = {one.name: one for one in found.attempts}
    assert list(by_name) == NAMES
    assert by_name["padded_after"].n_success == 0
    assert by_name["latin_homoglyphs"].rate is None
    assert by_name["latin_homoglyphs"].n_unchanged == 8
    hidden = by_name["hex_payload"]
    assert hidden.rate is not None
    assert (hidden.n, hidden.n_success, hidden.rate.value) == (8, 8, 1.0)
    assert 0.5 < hidden.rate.low < hidden.rate.high <= 1.0
    assert {(one.label, one.lang, one.n) for one in hidden.rates} == {
        ("*", "en", 4), ("*", "es", 4), ("scam", "*", 8), ("scam", "en", 4), ("scam", "es", 4)
    }  # fmt: skip


def test_the_mean_is_over_readable_attacks_that_had_a_form() -> None:
    found = ran(rows())
    rates = [one.rate.value for one in found.attempts if one.is_readable and one.rate]
    assert len(rates) == 3
    assert found.mean is not None
    assert found.mean.value == pytest.approx(sum(rates) / 3)
    assert found.mean.low <= found.mean.value <= found.mean.high
    assert found.any_readable is not None
    assert found.any_readable.value == 1.0


def test_a_mean_over_few_targets_has_an_interval() -> None:
    mixed = [*rows(20), row(50, f"Купи {WORD} сейчас", lang="ru")]
    found = ran(mixed, "latin_homoglyphs")
    assert (found.attempts[0].n, found.n_flagged) == (1, 21)
    assert found.mean is not None
    assert found.mean.low == found.mean.value == found.mean.high == 0.0


def test_found_before_says_what_the_attacks_never_saw() -> None:
    found = {(one.label, one.lang): one for one in ran(rows()).detected}
    assert found["scam", "*"].n == 9
    assert found["scam", "*"].rate.value == pytest.approx(8 / 9)


@pytest.mark.parametrize("given", [[], [row(1, "nothing flagged")]])
def test_a_run_on_nothing_says_so(given: list[LabelledText]) -> None:
    found = ran(given)
    assert (found.n_flagged, found.mean, found.any_readable) == (0, None, None)
    assert all(one.rate is None for one in found.attempts)
    Tags().feed(page.html(found))
    assert gate.missed(Gate(mean=1, each=1), found)


def test_the_same_seed_gives_the_same_report() -> None:
    assert report.encode(ran(rows())) == report.encode(ran(rows()))


def test_progress_ends_at_the_whole() -> None:
    told: list[float] = []
    attacks = [ATTACKS[name] for name in NAMES]
    report.run(rows(), Judge(detectors=[Knows()]), attacks, Options(), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > len(NAMES)


def test_texts_are_redacted_and_the_page_is_harmless() -> None:
    given = [row(n, f"secret {HOSTILE} {WORD} hidden {n} words end") for n in range(3)]
    given.append(row(7, f"look {WORD}", lang=HOSTILE))
    found = ran(given)
    shown = page.html(found, [HOSTILE])
    tags = Tags()
    tags.feed(shown)
    assert tags.open == []
    assert "script" not in tags.names
    for text in (shown, report.encode(found).decode()):
        assert "hidden" not in re.sub(r'"hidden"|hidden</th>|hides', "", text.lower())
    assert any(one.worst for one in found.attempts)


def test_json_reads_back() -> None:
    found = ran(rows())
    encoded = report.encode(found)
    assert msgspec.json.decode(encoded, type=Report) == found
    assert json.loads(encoded)["n_flagged"] == 8


def test_a_gate_names_what_is_exceeded() -> None:
    found = ran(rows())
    assert gate.missed(Gate(mean=1, each=1), found) == ()
    lines = gate.missed(Gate(mean=0.1, each=0.2, min_flagged=100), found)
    assert lines[0] == "8 texts flagged before any attack, under 100"
    assert lines[1].startswith("mean over readable attacks: 0.")
    assert any(line.startswith("greedy_search: 1.0000, over 0.2") for line in lines)
    assert not any(line.startswith(("hex_payload", "padded_after")) for line in lines)


def test_a_named_bound_holds_for_any_attack_and_must_be_measured() -> None:
    found = ran(rows())
    bounds = {"hex_payload": 0.5, "greedy_search": 1.0, "latin_homoglyphs": 1.0, "morse": 1.0}
    lines = gate.missed(Gate(mean=1, each=0.99, attacks=bounds), found)
    assert "hex_payload: 1.0000, over 0.5" in lines
    assert "latin_homoglyphs: not measured" in lines
    assert "morse: not measured" in lines
    assert not any(line.startswith("greedy_search") for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "", "mean = 0.1", "mean = 2\neach = 1", "mean = 0.1\neach = nan", "each = '1'\nmean = 0",
        "mean = 0.1\neach = 0.2\nextra = 1", "mean = 0.1\neach = 0.2\nmin_flagged = 0",
        "mean = 0.1\neach = 0.2\n[attacks]\nnone = 0.1", "\x00",
    ],
)  # fmt: skip
def test_a_wrong_gate_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GateInvalid, match=re.escape(str(path))):
        gate.read(path)


def test_the_gate_that_ships_can_be_read() -> None:
    given = gate.read(SHIPPED)
    assert given.mean <= given.each < 1
