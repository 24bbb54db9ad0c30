"""The command line end to end: what it prints, and exit codes 0, 1 and 2."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
import typer
from confluent_kafka import Consumer, TopicPartition

from detectors.canary import CANARY_TEXT
from schemas.topics import ALL_TOPICS, PRODUCT_TOPICS
from streams.cli.main import app
from streams.embedded.ports import free_port
from tests.integration.account import read_all
from tests.integration.processes import run_command, wait_for
from tests.integration.system import Asked, System

CHATROOM = PRODUCT_TOPICS[0].name
Ran = TypeVar("Ran")


def commands() -> list[tuple[str, ...]]:
    """Gives the path of every command and group."""
    found: list[tuple[str, ...]] = [()]

    def walk(command: object, path: tuple[str, ...]) -> None:
        for name, child in getattr(command, "commands", {}).items():
            found.append((*path, name))
            walk(child, (*path, name))

    walk(typer.main.get_command(app), ())
    return found


def line(number: int, text: str = "good morning") -> bytes:
    event = {
        "message_id": f"m-{number}",
        "room_id": "r-1",
        "actor_id": "a-1",
        "text": text,
        "created_at": "2026-11-22T12:00:00Z",
    }
    return json.dumps(event).encode() + b"\n"


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    found = commands()
    assert {("up",), ("worker",), ("dlq", "redrive"), ("audit", "loss")} <= set(found)
    for path in found:
        with pytest.raises(SystemExit) as stop:
            app([*path, "--help"])
        assert stop.value.code == 0
        assert "Usage:" in capsys.readouterr().out


def test_topics_create_and_list(system: System) -> None:
    listed = system.command("topics", "list", "--json")
    assert listed.code == 0, listed
    assert {entry["name"]: entry["partitions"] for entry in json.loads(listed.out)} == {
        topic.name: min(3, topic.partitions) for topic in ALL_TOPICS
    }
    again = system.command("topics", "create")
    assert again.code == 0
    assert again.out.decode() == f"0 created, {len(ALL_TOPICS)} were there\n"


def together(*calls: Callable[[], Ran]) -> list[Ran]:
    """Runs commands at the same time and gives what each gave, in order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def test_a_broker_that_is_not_there_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    nobody = {"broker": f"127.0.0.1:{free_port()}"}
    produce = partial(run_command, ["produce", "--topic", CHATROOM], nobody, tmp_path, line(1))
    audit, worker, produced = together(
        *(
            partial(run_command, given, nobody, tmp_path)
            for given in (["audit", "loss"], ["worker"])
        ),
        produce,
    )
    assert (audit.returncode, worker.returncode) == (1, 1), (audit.stderr, worker.stderr)
    assert audit.stderr.decode().count("\n") <= 1
    assert b"cannot be shared" not in worker.stderr
    assert (produced.returncode, produced.stderr.decode().count("\n")) == (1, 1), produced.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("produce", "--topic", "no.such.topic"),
        ("dlq", "list", "--topic", "no.such.topic"),
        ("query", "SELECT 1", "--param", "1x"),
        ("up", "--exit"),
        ("audit", "gain"),
        ("moderate", "--surface", "moon", "--input", "-", "--output", "-"),
    ],
)
def test_misuse_is_exit_code_2(tmp_path: Path, command: tuple[str, ...]) -> None:
    ran = run_command(command, {}, tmp_path)
    assert ran.returncode == 2, ran.stderr
    assert b"Traceback" not in ran.stderr


def test_from_a_line_to_the_archive_and_back(system: System) -> None:
    archiver = system.archiver()
    system.worker()
    command = partial(partial, system.command)
    given = b"".join([line(1), line(2, CANARY_TEXT), b"\n", line(3)])
    wrong = line(4) + b'{"text": 1}\n'

    produced, refused, raw = together(
        command("produce", "--topic", CHATROOM, given=given),
        command("produce", "--topic", CHATROOM, given=wrong),
        command("produce", "--topic", CHATROOM, "--raw", given=b"rubbish\n"),
    )
    assert produced.code == 0, produced
    assert produced.err == f"3 records written to {CHATROOM}\n"
    assert refused.code == 2
    assert refused.err.startswith("tidegate: line 2:")
    assert raw.code == 0, raw

    tail = ("tail", "verdicts", "--from-start", "--max")
    tailed, shown = together(
        command(*tail, "3", "--json"), command(*tail, "1", "--only-violations")
    )
    assert tailed.code == 0, tailed
    verdicts = [json.loads(entry) for entry in tailed.out.splitlines()]
    assert {v["item_id"]: v["action"] for v in verdicts}["m-1"] == "allow"
    assert "m-2" in shown.out.decode()

    check_dead_letters(system)

    def archived() -> Asked:
        return system.command("query", "--json", "SELECT action, count() AS n FROM verdicts FINAL "
                              "GROUP BY action ORDER BY n DESC")  # fmt: skip

    wait_for(lambda: b'"n":2' in archived().out, "verdicts are archived")
    by_id = "SELECT item_id FROM verdicts FINAL WHERE item_id = {id:String}"
    filtered, bad = together(
        command("query", by_id, "-p", "id=m-2"), command("query", "SELECT nothing FROM nowhere")
    )
    assert filtered.code == 0
    assert "m-2" in filtered.out.decode()
    assert (bad.code, bad.err.count("\n")) == (1, 1)

    assert archiver.terminate() == 0
    absent, migrated = together(command("query", "SELECT 1"), command("migrate"))
    assert (absent.code, absent.err.count("\n")) == (1, 1)
    assert (migrated.code, migrated.out) == (0, b"up to date\n")


def check_dead_letters(system: System) -> None:
    """The rubbish is listed, shown, sent back, and judged a second time to no avail."""
    wait_for(lambda: "1 dead letters" in system.command("dlq", "list").err, "the letter is there")
    command = partial(partial, system.command)
    redrive = ("dlq", "redrive", "--topic", CHATROOM)
    listed, plain, nothing, dry = together(
        command("dlq", "list", "--json"),
        command("dlq", "list"),
        command("dlq", "show", f"{CHATROOM}.dlq/0/999"),
        command(*redrive, "--dry-run"),
    )
    (letter,) = listed.out.splitlines()
    found = json.loads(letter)
    assert found["letter"]["error"] == "EventInvalid"
    assert nothing.code == 1
    assert dry.err.startswith("1 would be sent back")
    place, source = (
        "{topic}/{partition}/{offset}".format(**given)
        for given in (found["dlq"], found["letter"]["source"])
    )
    assert plain.out.decode().splitlines()[1].split("\t")[:2] == [place, source]
    shown, sent = together(command("dlq", "show", place), command(*redrive))
    assert shown.code == 0
    assert "value   rubbish" in shown.out.decode()
    assert sent.err.startswith("1 were sent back")
    wait_for(lambda: "2 dead letters" in system.command("dlq", "list").err, "it came again")

    audited, table = together(command("audit", "loss", "--json"), command("audit", "loss"))
    assert audited.code == 0, audited
    partitions = json.loads(audited.out)["partitions"]
    assert sum(p["n_verdicts"] for p in partitions) == 3
    assert sum(p["n_dead_letters"] for p in partitions) == 2
    assert table.out.decode().endswith("balanced\n")


def test_audit_finds_a_loss(system: System) -> None:
    system.command("produce", "--topic", CHATROOM, given=line(1) + line(2))
    reader = Consumer(
        {"bootstrap.servers": system.broker.bootstrap, "group.id": str(system.settings["group"])}
    )
    place = read_all(system.broker.bootstrap, [CHATROOM])[0].source
    reader.commit(offsets=[TopicPartition(CHATROOM, place.partition, 2)], asynchronous=False)
    reader.close()

    asked = system.command("audit", "loss", "--json")

    assert asked.code == 1
    balance = json.loads(asked.out)
    assert balance["is_balanced"] is False
    assert [p["unanswered"] for p in balance["partitions"] if p["n_unanswered"]] == [[0, 1]]
