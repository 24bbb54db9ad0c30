-- Every record that could not be judged, one row per `dead_letter_id` (its place in Kafka).
--
-- `key`, `value` and `headers.value` are the original bytes. Retention: 400 days, and 30 days for
-- the bytes, which hold what people wrote and are redriven within days or never.
CREATE TABLE IF NOT EXISTS dead_letters
(
    dead_letter_id UUID,
    source_topic LowCardinality(String),
    source_partition Int64 CODEC(T64, ZSTD(1)),
    source_offset Int64 CODEC(Delta, ZSTD(1)),
    stage LowCardinality(String),
    error LowCardinality(String),
    message String CODEC(ZSTD(3)) TTL toDateTime(failed_at) + INTERVAL 30 DAY,
    key Nullable(String) CODEC(ZSTD(3)) TTL toDateTime(failed_at) + INTERVAL 30 DAY,
    value Nullable(String) CODEC(ZSTD(3)) TTL toDateTime(failed_at) + INTERVAL 30 DAY,
    header_names Array(String) CODEC(ZSTD(3)) TTL toDateTime(failed_at) + INTERVAL 30 DAY,
    header_values Array(Nullable(String)) CODEC(ZSTD(3)) TTL toDateTime(failed_at) + INTERVAL 30 DAY,
    failed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(failed_at)
PARTITION BY toYYYYMM(failed_at)
ORDER BY (source_topic, source_partition, source_offset, dead_letter_id)
TTL toDateTime(failed_at) + INTERVAL 400 DAY;
