"""Each product may have workers and a group of its own."""

import json

from schemas.examples_of import EXAMPLES, examples_of
from schemas.topics import PRODUCT_TOPICS
from streams.record import Outgoing
from tests.integration.load import Sample, send
from tests.integration.processes import wait_for
from tests.integration.system import N_PARTITIONS, System

CHATROOM, SQUARE, *_ = [topic.name for topic in PRODUCT_TOPICS]
LIMIT = 20


def test_a_product_of_bad_records_leaves_the_others_moderated(system: System) -> None:
    own = {"topics": SQUARE}
    other = {"topics": CHATROOM, "group": f"{system.settings['group']}-chatroom"}
    square = system.worker((), **own)
    chatroom = system.worker((), **other, dlq_max_consecutive=LIMIT)
    started = (square, chatroom)
    wait_for(lambda: {w.n_assigned() for w in started} == {N_PARTITIONS}, "each has its topic")
    bad = Sample(Outgoing(topic=CHATROOM, key=b"k", value=b"not json"), "dead_letter")
    posts = [
        Sample(Outgoing(topic=SQUARE, key=b"k", value=path.read_bytes()))
        for path in examples_of(EXAMPLES, PRODUCT_TOPICS[1])
    ]

    send(system.broker.bootstrap, [bad] * (2 * LIMIT))
    assert chatroom.exit_code() == 1
    sent = send(system.broker.bootstrap, posts)
    system.await_answered(sent)

    assert square.is_running
    asked = system.command("audit", "loss", "--json", settings=own)
    assert asked.code == 0, asked
    partitions = json.loads(asked.out)["partitions"]
    assert {entry["topic"] for entry in partitions} == {SQUARE}
    assert sum(entry["n_verdicts"] for entry in partitions) == len(posts)
    assert sum(entry["lag"] for entry in partitions) == 0
