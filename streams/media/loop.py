"""An event loop on a thread of its own, with a fetcher that keeps its connections."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TypeVar

from streams.fetching.fetcher import Fetcher

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for threads. The fetcher is open from the start until `close`."""

    def __init__(self, make_fetcher: Callable[[], Fetcher]) -> None:
        """Starts the thread and opens the fetcher."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="media-loop", daemon=True
        )
        self._thread.start()
        self.fetcher = self.run(_open(make_fetcher))

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Gives what a coroutine gives. Blocks; raises what it raises."""
        return self.begin(work).result()

    def begin(self, work: Coroutine[object, object, T]) -> Future[T]:
        """Begins a coroutine; what it gives or raises stands in the future."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Closes the fetcher and ends the thread."""
        self.run(self.fetcher.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _open(make_fetcher: Callable[[], Fetcher]) -> Fetcher:
    return await make_fetcher().__aenter__()
