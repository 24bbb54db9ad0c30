"""The archiver's Prometheus metrics."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

ROWS: Final = Counter(
    "tidegate_archiver_rows_total", "Rows written to the archive, copies included.", ["table"]
)
BLOCKS: Final = Counter("tidegate_archiver_blocks_total", "Blocks written to the archive.")
BURIED: Final = Counter(
    "tidegate_archiver_buried_total", "Records that went to a DLQ instead.", ["stage"]
)
INSERT_SECONDS: Final = Histogram(
    "tidegate_archiver_insert_seconds",
    "Time to write one block.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
UNAVAILABLE: Final = Gauge(
    "tidegate_archiver_unavailable", "1 while the archive cannot be written, else 0."
)
DLQ_UNAVAILABLE: Final = Gauge(
    "tidegate_archiver_dlq_unavailable",
    "1 while a record that cannot be archived cannot be sent to its DLQ either, else 0.",
)
LAG: Final = Gauge(
    "tidegate_archiver_lag", "Records of a topic not yet archived, as last seen.", ["topic"]
)
