-- Every signal of every verdict, one row per verdict and ordinal (its place in the verdict, from 0).
--
-- Retention: 400 days, and 90 days for evidence, which quotes what people wrote.
CREATE TABLE IF NOT EXISTS signals
(
    verdict_id UUID,
    ordinal UInt32 CODEC(T64, ZSTD(1)),
    surface LowCardinality(String),
    item_id String CODEC(ZSTD(3)),
    label LowCardinality(String),
    score Float64 CODEC(ZSTD(1)),
    detector LowCardinality(String),
    part LowCardinality(String),
    span_start Nullable(Int64),
    span_end Nullable(Int64),
    time_start_ms Nullable(Int64),
    time_end_ms Nullable(Int64),
    evidence_names Array(String) TTL toDateTime(decided_at) + INTERVAL 90 DAY,
    evidence_values Array(String) CODEC(ZSTD(3)) TTL toDateTime(decided_at) + INTERVAL 90 DAY,
    evidence Map(String, String) ALIAS CAST((evidence_names, evidence_values), 'Map(String, String)'),
    decided_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(decided_at)
PARTITION BY toYYYYMM(decided_at)
ORDER BY (surface, item_id, verdict_id, ordinal)
TTL toDateTime(decided_at) + INTERVAL 400 DAY;
