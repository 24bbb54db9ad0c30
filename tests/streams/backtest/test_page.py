"""The report is harmless, whatever ids say, and says what was counted."""

import re
from html.parser import HTMLParser

import msgspec
import pytest
from msgspec.structs import replace

from schemas.records import HumanLabel
from streams.backtest.deciding import Policies
from streams.backtest.page import html
from streams.backtest.report import Report, report_of
from streams.backtest.schema import PATH, schema
from streams.backtest.selection import Selection
from tests.streams.samples import NOW, policy_of, rule, signal

from .conftest import END, START, Store
from .test_identity import decided

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp'
OLD = policy_of(rule(HOSTILE, "scam", 0.5, "hold", queue=HOSTILE))
NEW = policy_of(rule("softer", "scam", 0.8, "limit"), rule("spam", "spam", 0.3, "remove"))


@pytest.fixture
def report(store: Store) -> Report:
    scores = {
        "a": (0.6, 0.1),
        "b": (0.9, 0.1),
        "c": (0.1, 0.4),
        HOSTILE: (0.7, 0.5),
        "e": (0.1, 0.1),
    }
    verdicts = [
        decided(OLD, [signal("scam", scam), signal("spam", spam)], name=name)
        for name, (scam, spam) in scores.items()
    ]
    labels = [
        HumanLabel(
            label_id=f"l-{number}",
            item_id=name,
            surface="chatroom",
            item_revision=1,
            present=("scam",) if is_scam else (),
            absent=() if is_scam else ("scam",),
            annotator="someone",
            labelled_at=NOW.replace(minute=number),
            note="private words",
        )
        for number, (name, is_scam) in enumerate(
            [("a", False), ("b", False), ("b", True), ("c", False), ("unknown", True)]
        )
    ]
    store.write(verdicts, labels)
    counted = store.backtest(NEW)
    selection = Selection(start=START, end=END, where=HOSTILE)
    return report_of(counted, selection, Policies(NEW), (HOSTILE, None), NOW)


class Tags(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_report_says_what_changed(report: Report) -> None:
    assert (report.n_verdicts, report.n_items, report.n_flipped) == (5, 5, 4)
    assert (report.n_harder, report.n_softer) == (2, 2)
    flips = {(one.name, one.old, one.new): one.n for one in report.flips.surfaces}
    assert flips == {
        ("chatroom", "allow", "allow"): 1,
        ("chatroom", "allow", "remove"): 1,
        ("chatroom", "hold", "allow"): 1,
        ("chatroom", "hold", "limit"): 1,
        ("chatroom", "hold", "remove"): 1,
    }
    assert {one.name for one in report.flips.languages} == {"zh"}
    rules = {one.rule: (one.n_both, one.n_gained, one.n_lost) for one in report.rules}
    assert rules == {HOSTILE: (0, 0, 3), "softer": (0, 1, 0), "spam": (0, 2, 0)}
    assert [(one.old, one.new, one.n) for one in report.queues] == [(HOSTILE, "-", 3)]
    assert [(one.queue, one.n_old, one.n_new) for one in report.volumes] == [(HOSTILE, 3, 0)]
    (scam,) = [one for one in report.quality if (one.label, one.surface) == ("scam", "*")]
    assert (scam.n_items, scam.n_present) == (3, 1)
    assert scam.old_precision is not None
    assert scam.new_precision is not None
    assert (scam.old_precision.value, scam.new_precision.value) == (0.5, 1.0)
    assert {one.item_id for one in report.samples} == {"a", "b", "c", HOSTILE}


def test_the_page_is_harmless(report: Report) -> None:
    hostile = replace(report, hashes=(HOSTILE,))
    page = html(hostile)
    tags = Tags(page)
    assert not {"script", "img", "link", "iframe", "object", "a"} & set(tags.tags)
    assert not [
        name for name in tags.attributes if name.startswith("on") or name in {"src", "href"}
    ]
    assert "\u202e" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert page.count("&lt;script&gt;") > 5


def test_the_page_can_be_read_by_machines_that_speak(report: Report) -> None:
    page = html(report)
    assert '<html lang="en">' in page
    assert page.count("<table") == page.count("<caption")
    assert page.count("<svg") == page.count('role="img"') > 0
    assert len(re.findall(r"<th(?: |>)", page)) == len(re.findall(r'<th scope="(?:row|col)"', page))


def test_the_document_has_no_private_words_and_decodes(report: Report) -> None:
    written = msgspec.json.encode(report)
    assert msgspec.json.decode(written, type=Report) == report
    assert b"private words" not in written
    assert report.format == "tidegate.backtest.v1"


def test_the_schema_that_is_kept_is_that_of_the_report() -> None:
    assert PATH.read_bytes() == schema()
