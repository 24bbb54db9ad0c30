"""`tidegate actors`: reversals say who and why, and of what is known; forgetting asks first."""

from collections.abc import Sequence

import msgspec
import pytest
from typer.testing import CliRunner

from schemas.records import HumanLabel
from schemas.strikes import Strike
from schemas.topics import HUMAN_LABELS, STRIKES
from streams import publisher
from streams.actors import looking
from streams.actors.deciding import strike_of_label
from streams.actors.memory import Actors
from streams.actors.state import State
from streams.archive import query as asking
from streams.archive.archive import ArchiveUnavailable
from streams.archive.query import Table
from streams.cli import console
from streams.cli.main import app
from streams.policy import SHIPPED, Memory, load
from streams.record import Outgoing
from tests.streams.actors.samples import BEGIN_MS, NOW_MS, item, record, strike

REVERSE = ("reverse", "m9", "--actor", "u1", "--surface", "chatroom")


class Sent:
    """Stands for the publisher: a broker is in the integration tests."""

    records: list[Outgoing]

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def publish(self, batch: Sequence[Outgoing]) -> None:
        Sent.records += batch


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> type[Sent]:
    """Nothing is remembered and nothing archived, and what is sent is kept."""
    Sent.records = []
    monkeypatch.setattr(publisher, "Publisher", Sent)
    remember(monkeypatch, None)
    archive(monkeypatch, 0)
    return Sent


def remember(monkeypatch: pytest.MonkeyPatch, state: State | None) -> None:
    found = None if state is None else (3, state)
    monkeypatch.setattr(looking, "look_up", lambda *_: found)


def archive(monkeypatch: pytest.MonkeyPatch, *row: object) -> None:
    table = Table(columns=(), types=(), rows=[list(row)])
    monkeypatch.setattr(asking, "query", lambda *_: table)


def run(*arguments: str) -> tuple[int, str]:
    """Gives the exit code and, of an error that a command raises, its words."""
    ran = CliRunner().invoke(app, ["actors", *arguments])
    if isinstance(ran.exception, (console.Failure, console.Misuse)):
        return (1 if isinstance(ran.exception, console.Failure) else 2), str(ran.exception)
    return ran.exit_code, ran.output


def state() -> State:
    actors = Actors()
    actors.note(strike(), 0, BEGIN_MS, Memory())
    given = record(0, BEGIN_MS)
    actors.count(given, item("m1"), Memory(), has_link=False, now_ms=NOW_MS)
    found = actors.find(0, "u1")
    assert found is not None
    return found


def test_a_reversal_says_who_and_why(monkeypatch: pytest.MonkeyPatch, sent: type[Sent]) -> None:
    remember(monkeypatch, state())
    assert run(*REVERSE, "--reason", "appeal 7", "--by", "o.ruiz")[0] == 0
    told, remark = sent.records
    assert (told.topic, remark.topic) == (STRIKES.name, HUMAN_LABELS.name)
    decided = msgspec.json.decode(told.value or b"", type=Strike)
    assert (decided.by, decided.note, decided.decider) == ("o.ruiz", "appeal 7", "appeal")
    label = msgspec.json.decode(remark.value or b"", type=HumanLabel)
    assert (label.annotator, label.note) == ("o.ruiz", "reversed: appeal 7")
    assert strike_of_label(label, load(SHIPPED)) is None


def test_who_is_the_user_of_the_system(monkeypatch: pytest.MonkeyPatch, sent: type[Sent]) -> None:
    monkeypatch.setenv("LOGNAME", "somebody")
    remember(monkeypatch, state())
    assert run(*REVERSE, "--reason", "appeal 7")[0] == 0
    assert msgspec.json.decode(sent.records[0].value or b"", type=Strike).by == "somebody"


@pytest.mark.parametrize(
    "given",
    [(), ("--reason", " "), ("--reason", "x" * 1_001), ("--reason", "x", "--by", "y" * 201)],
)
def test_a_reversal_wants_a_reason(given: tuple[str, ...], sent: type[Sent]) -> None:
    assert run(*REVERSE, *given, "--force")[0] == 2
    assert sent.records == []


def test_an_item_that_is_not_known_of_the_actor_is_refused(
    monkeypatch: pytest.MonkeyPatch, sent: type[Sent]
) -> None:
    why = ("--reason", "appeal 7")
    for remembered in (None, state()):
        remember(monkeypatch, remembered)
        code, said = run("reverse", "m8", *REVERSE[2:], *why)
        assert (code, said.count("\n")) == (1, 0)
        assert "workers remember no chatroom item m8 of u1, nor does the archive" in said
    monkeypatch.setattr(asking, "query", unanswered)
    assert "and the archive does not answer" in run("reverse", "m8", *REVERSE[2:], *why)[1]
    assert sent.records == []
    assert run("reverse", "m8", *REVERSE[2:], *why, "--force")[0] == 0
    archive(monkeypatch, 1)
    assert run("reverse", "m8", *REVERSE[2:], *why)[0] == 0
    # One of the last hour on which nothing was decided is known, too.
    remember(monkeypatch, state())
    archive(monkeypatch, 0)
    assert run("reverse", "m1", *REVERSE[2:], *why)[0] == 0


def unanswered(*_: object) -> Table:
    message = "nobody"
    raise ArchiveUnavailable(message)


def test_the_archive_knows_actor_and_product(
    monkeypatch: pytest.MonkeyPatch, sent: type[Sent]
) -> None:
    archive(monkeypatch, "u7", "square")
    assert run("reverse", "p1", "--reason", "appeal 7")[0] == 0
    decided = msgspec.json.decode(sent.records[0].value or b"", type=Strike)
    assert (decided.actor_id, decided.surface, decided.item_id) == ("u7", "square", "p1")


def test_forgetting_wants_to_be_sure(monkeypatch: pytest.MonkeyPatch, sent: type[Sent]) -> None:
    assert run("forget", "u1") == (1, "nothing was forgotten: say --yes")
    assert run("forget", "x" * 201, "--yes")[0] == 2
    assert sent.records == []
    remember(monkeypatch, state())
    assert run("forget", "u1", "--yes")[0] == 0
    assert [(one.topic, one.key, one.value, one.partition) for one in sent.records] == [
        (STRIKES.name, b"u1", None, None),
        (STRIKES.name, b"u1", None, 3),
    ]
