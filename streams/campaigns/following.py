"""Following the campaigns' topic: every process reads all of it, in no group, on its own thread."""

import logging
import threading
from typing import Final

import msgspec
from confluent_kafka import KafkaException

from schemas.campaigns import Campaign
from schemas.topics import CAMPAIGNS
from streams.campaigns.index import Index
from streams.reading import ReadingStalled, follow, open_reader, read_to_end
from streams.record import Record
from streams.topic_admin import BrokerUnavailable

logger = logging.getLogger(__name__)

RETRY_S: Final = 1.0
_DECODER: Final = msgspec.json.Decoder(Campaign)


def take(record: Record, index: Index) -> None:
    """Puts what a record says into the index; one that nobody can read is passed over."""
    try:
        name = (record.key or b"").decode()
        index.put(name, None if record.value is None else _DECODER.decode(record.value))
    except ValueError:
        logger.warning("a campaign cannot be read", extra={"offset": record.source.offset})


def all_told(broker: str) -> list[Campaign]:
    """Gives every campaign as the broker has it, over or not.

    Raises BrokerUnavailable, ReadingStalled.
    """
    latest: dict[bytes, Campaign] = {}
    reader = open_reader(broker)
    try:
        for record in read_to_end(reader, [CAMPAIGNS.name]):
            name = record.key or b""
            latest.pop(name, None)
            try:
                if record.value is not None:
                    latest[name] = _DECODER.decode(record.value)
            except ValueError:
                logger.warning("a campaign cannot be read", extra={"offset": record.source.offset})
    finally:
        reader.close()
    return list(latest.values())


class Follower:
    """Keeps an index up to date until the process ends, through any trouble of the broker."""

    def __init__(self, broker: str, index: Index) -> None:
        """Starts following."""
        self._broker = broker
        self._index = index
        thread = threading.Thread(target=self._run, name="campaigns", daemon=True)
        thread.start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            reader = open_reader(self._broker, group="tidegate-campaigns-follower")
            try:
                for record in follow(reader, [CAMPAIGNS.name], from_start=True):
                    if record is not None:
                        take(record, self._index)
            except (KafkaException, BrokerUnavailable, ReadingStalled):
                logger.warning("campaigns cannot be followed; trying again", exc_info=True)
            finally:
                reader.close()
            pause.wait(RETRY_S)
