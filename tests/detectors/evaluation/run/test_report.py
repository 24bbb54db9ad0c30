import json
import re
from html.parser import HTMLParser

import msgspec
import pytest

from detectors.evaluation.functional import suite
from detectors.evaluation.functional.suite import Case
from detectors.evaluation.run import behaving, page, report, scoring
from detectors.evaluation.run.cells import Options
from detectors.evaluation.run.examples import redacted
from detectors.evaluation.run.report import Report
from detectors.evaluation.run.rows import LabelledText
from tests.detectors.evaluation.run.samples import Spoken, row, rows

OPTIONS = Options(n_resamples=20)
HOSTILE = '<script>alert("x")</script>'


def ran(given: list[LabelledText], *sets: Spoken, has_functional: bool = False) -> Report:
    return report.run(
        given,
        [[one] for one in sets],
        OPTIONS,
        has_functional=has_functional,
        progress=lambda _n: None,
    )


class Tags(HTMLParser):
    """Checks that what is opened is closed, and collects the addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert not {"src", "href", "onload", "onclick"} & {name for name, _ in attrs}
        if tag not in {"meta", "polyline", "line", "circle"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"meta", "polyline", "line", "circle"}:
            assert self.open.pop() == tag


def test_two_sets_are_compared_on_the_same_rows() -> None:
    found = ran(rows(), Spoken(), Spoken(reverse=True))
    assert [side.name for side in found.sides] == ["text.spoken@1", "text.reverse@1"]
    gap = found.differences[0].average_precision
    assert (found.differences[0].label, found.differences[0].lang) == ("scam", "*")
    assert 0.4 < gap.low <= gap.value <= gap.high < 0.8


def test_a_set_does_not_differ_from_itself() -> None:
    for one in ran(rows(), Spoken(), Spoken()).differences:
        gap = one.average_precision
        assert (gap.value, gap.low, gap.high) == (0, 0, 0)


def test_the_json_is_the_report() -> None:
    found = ran(rows(), Spoken(), Spoken(reverse=True))
    read = json.loads(report.encode(found))
    assert read["n_rows"] == 40
    assert read["datasets"] == {"one": 40}
    cell = read["sides"][0]["cells"][0]
    assert cell["average_precision"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert "resampled" not in cell


def test_the_page_is_whole_and_escaped_and_needs_no_network() -> None:
    given = [*rows(), row(99, 0.9, 0, lang=HOSTILE, dataset=HOSTILE)]
    given = [*given, msgspec.structs.replace(given[-1], id=HOSTILE, text=f"0.95 a b {HOSTILE}")]
    written = page.html(ran(given, Spoken(), Spoken(reverse=True)), [HOSTILE])
    tags = Tags()
    tags.feed(written)
    assert tags.open == []
    assert {"table", "svg", "polyline", "circle"} <= tags.names
    assert not {"script", "link", "img", "iframe"} & tags.names
    assert re.findall(r"https?://|@import|url\(", written) == []
    assert "prefers-color-scheme:dark" in written


def test_no_text_is_in_the_reports() -> None:
    found = ran(rows(), Spoken())
    for written in (page.html(found), report.encode(found).decode()):
        assert "nobody may read" not in written
        assert "0.7 … " not in written or "words" in written


def test_only_ends_of_a_text_are_shown() -> None:
    assert redacted("send me all your secret words now") == "send … 5 words … now"
    assert redacted("two words") == "t…s (9 characters)"
    assert redacted("转" * 40) == "转…转 (40 characters)"
    assert redacted("see https://one.invalid/long/path/x a b c " + "y" * 40) == "see … 4 words … y…"
    assert redacted("\u202ea\x1b[31m b c d") == "a … 3 words … d"
    assert redacted(" \n") == " (2 characters)"


def case(text: str, behaviour: str = "giveaway-doubling", lang: str = "en") -> Case:
    known = {one.id: one for one in suite.behaviours()}[behaviour]
    return Case(
        id=f"{behaviour}/{lang}/{text}", behaviour=behaviour, lang=lang, text=text,
        label=known.label, expect=known.expect,
    )  # fmt: skip


def test_pass_rates_are_by_behaviour_and_language() -> None:
    cases = [
        case("0.9 a"), case("0.1 b"), case("0.9 c", lang="tr"),
        case("0.1 d", "security-warning"), case("0.9 e", "security-warning"),
    ]  # fmt: skip
    scored = scoring.score([one.text for one in cases], ["en"] * 5, [Spoken()], lambda _n: None)
    found = behaving.measure(cases, suite.behaviours(), scored)
    rates = {(one.expect, one.lang): (one.n_passed, one.n) for one in found.by_language}
    assert rates == {("flag", "en"): (1, 2), ("pass", "en"): (1, 2), ("flag", "tr"): (1, 1)}
    assert {(one.name, one.n_passed, one.n) for one in found.by_behaviour} == {
        ("giveaway-doubling", 2, 3), ("security-warning", 1, 2),
    }  # fmt: skip
    assert [(one.case, one.label, one.score) for one in found.failures] == [
        ("giveaway-doubling/en/0.1 b", "scam", 0.1),
        ("security-warning/en/0.9 e", "scam", 0.9),
    ]


def test_a_label_that_is_accepted_counts_as_found() -> None:
    phishing = case("x", "seed-phrase-request")
    known = {one.id: one for one in suite.behaviours()}["seed-phrase-request"]
    assert behaving.passed(phishing, known, ["scam"])
    assert not behaving.passed(phishing, known, ["violence"])
    assert not behaving.passed(phishing, known, [])


def test_the_suite_can_be_run_without_rows() -> None:
    found = ran([], Spoken(), has_functional=True).sides[0]
    assert found.functional is not None
    assert found.functional.n == len(suite.cases())
    (flag, passing) = found.functional.overall
    assert (flag.rate.value, passing.rate.value) == pytest.approx((0, 1))
    tags = Tags()
    tags.feed(page.html(ran([], Spoken(), has_functional=True)))
    assert tags.open == []
