"""A worker whose seeks at the end of a rebalance take a while: a script for tests."""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Final

from faust.types import TP

from streams import logs
from streams.agents.transport import Consumer, Transport
from streams.agents.worker import run
from streams.settings import load

TAKES_S: Final = 0.5


class SlowConsumer(Consumer):
    """A consumer that is slow to learn where partitions begin."""

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """Gives them after a while."""
        found = await super().earliest_offsets(*partitions)
        await asyncio.sleep(TAKES_S)
        return found


if __name__ == "__main__":
    Transport.Consumer = SlowConsumer
    given = load(os.environ)
    logs.configure(given.log_level)
    sys.exit(run(given))
