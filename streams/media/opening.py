"""Opening a lane: everything that its judging needs, closed in order."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial

from detectors.examiners import Setup, require_known
from streams.fetching.fetcher import Fetcher
from streams.fetching.limits import MIB, Limits
from streams.lanes import LANES, Lane, chosen, examiner_names
from streams.media.examining import Studio
from streams.media.judging import LanePipeline
from streams.media.kept import Kept
from streams.media.listed import Listed
from streams.media.loop import LoopThread
from streams.media.pool import ExaminerUnfit, Pool
from streams.pipeline import lists_of, load_detectors, load_policy
from streams.settings import PREFIX, Settings, SettingsInvalid


@contextmanager
def open_lane(settings: Settings, lane: Lane) -> Iterator[LanePipeline]:
    """Gives what a lane judges with, until the block ends.

    Raises PolicyInvalid, ModelMismatch, UnknownDetector, SettingsInvalid.
    """
    names = examiner_names(lane, settings)
    require_known(names, lane.name)
    setup = Setup(lane=lane.name, names=names, lists=lists_of(settings))
    own = load_policy(settings)
    texts = load_detectors(settings.detectors, settings)
    clock = partial(datetime.now, UTC)
    with ExitStack() as closing:
        pool = _open_pool(settings, lane, setup)
        closing.callback(pool.close)
        loop = LoopThread(lambda: Fetcher(limits(settings)))
        closing.callback(loop.close)
        kept = Kept(settings.media_cache)
        studio = Studio(
            lane.name,
            loop.fetcher.fetch,
            pool,
            kept,
            clock,
            held_bytes=settings.media_held_mb * MIB,
            limits=limits(settings),
            listed=Listed(filter(None, (settings.banks, settings.logos))),
        )
        closing.callback(studio.close)
        served = chosen(settings)
        after = LANES[LANES.index(lane) + 1 :]
        yield LanePipeline(
            lane=lane,
            later=tuple(one for one in after if one in served),
            unserved=tuple(one for one in after if one not in served),
            loop=loop,
            studio=studio,
            examiners=pool.detectors,
            texts=tuple(texts),
            policy=own,
            clock=clock,
        )


def limits(settings: Settings) -> Limits:
    """Gives the limits of fetching."""
    return Limits(files_root=settings.media_root)


def _open_pool(settings: Settings, lane: Lane, setup: Setup) -> Pool:
    timeout_s = settings.image_timeout_s if lane.name == "image" else settings.av_timeout_s
    try:
        return Pool(
            setup,
            n_processes=settings.media_processes,
            timeout_s=timeout_s,
            memory_bytes=settings.media_memory_mb << 20,
        )
    except ExaminerUnfit as error:
        where = f"{PREFIX}{error.which.upper()}: " if error.which else ""
        message = f"{where}{error}"
        raise SettingsInvalid(message) from error
