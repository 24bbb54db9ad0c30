"""Kafka header names, and the source coordinates that tie each output to the record it answers.

CloudEvents headers follow the Kafka protocol binding of CloudEvents 1.0 (binary mode); error
headers follow Kafka Connect's dead letter queues (KIP-298), so that existing tools read them.
"""

from typing import Final

from schemas.records import Source

SCHEMA: Final = "schema"
VERSION: Final = "version"
TRACEPARENT: Final = "traceparent"
CE_ID: Final = "ce_id"
CE_SOURCE: Final = "ce_source"
CE_TYPE: Final = "ce_type"
CE_TIME: Final = "ce_time"
CE_SPECVERSION: Final = "ce_specversion"
SOURCE: Final = "tidegate_source"
"""`topic/partition/offset` of the record that an output answers."""

ERROR_TOPIC: Final = "__connect.errors.topic"
ERROR_PARTITION: Final = "__connect.errors.partition"
ERROR_OFFSET: Final = "__connect.errors.offset"
ERROR_STAGE: Final = "__connect.errors.stage"
ERROR_CLASS: Final = "__connect.errors.exception.class.name"
ERROR_MESSAGE: Final = "__connect.errors.exception.message"
ERROR_TIME: Final = "tidegate_failed_at"


def format_source(source: Source) -> bytes:
    """Gives the `SOURCE` header's value; topic names cannot hold a slash."""
    return f"{source.topic}/{source.partition}/{source.offset}".encode()


def parse_source(header: bytes) -> Source:
    """Reads a `SOURCE` header. Raises ValueError when it is not one."""
    topic, partition, offset = header.decode().split("/")
    return Source(topic=topic, partition=int(partition), offset=int(offset))
