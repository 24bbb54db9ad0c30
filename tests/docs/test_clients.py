"""The README's clients, as printed but for the address, on the stack that `tidegate up` runs."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from detectors.canary import CANARY_TEXT
from schemas.topics import VERDICTS
from streams.embedded.ports import free_port
from streams.embedded.stack import Ports, Stack
from streams.settings import Settings
from tests.docs.test_readme import blocks
from tests.integration.account import DECODER, read_all
from tests.integration.processes import LIMIT_S, environment, wait_for
from tests.services import EmbeddedKafka, require

ADDRESS = "127.0.0.1:9092"
HARMLESS_TEXT = "gm! coffee first, charts later"
PRODUCER, CONSUMER = blocks("python")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    require(EmbeddedKafka)
    ports = Ports(kafka=free_port(), http=free_port(), metrics=free_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIDEGATE_DETECTORS", "text.canary")
        folder = tmp_path_factory.mktemp("stack")
        with Stack(Settings(), ports, n_workers=1, n_partitions=2, directory=folder) as started:
            assert started.wait_ready(lambda: False)
            yield started


def client(source: str, stack: Stack) -> list[str]:
    """Gives the command that runs a client of the README against the stack."""
    assert source.count(ADDRESS) == 1
    return [sys.executable, "-u", "-c", source.replace(ADDRESS, stack.broker.address)]


def test_what_the_producer_sends_is_judged_and_the_consumer_shows_it(stack: Stack) -> None:
    assert PRODUCER.count(HARMLESS_TEXT) == 1
    for source in (PRODUCER, PRODUCER.replace(HARMLESS_TEXT, CANARY_TEXT)):
        subprocess.run(client(source, stack), env=environment({}), check=True, timeout=LIMIT_S)
    address = stack.broker.address
    wait_for(lambda: len(read_all(address, [VERDICTS.name])) == 2, "both events are judged")
    verdicts = [DECODER.decode(r.value or b"") for r in read_all(address, [VERDICTS.name])]
    allowed, tripped = sorted(verdicts, key=lambda verdict: verdict.action != "allow")
    assert allowed.action == "allow"

    consumer = subprocess.Popen(
        client(CONSUMER, stack), env=environment({}), stdout=subprocess.PIPE, text=True
    )
    assert consumer.stdout is not None
    with consumer.stdout as shown:
        line = shown.readline()
    consumer.terminate()
    consumer.wait(LIMIT_S)

    codes = [reason.code for reason in tripped.reasons]
    assert line == f"{tripped.item_id} {tripped.action} {codes}\n"
