-- People's decisions on items, one row per `label_id`. A label in neither list was not looked at.
--
-- Retention: kept, as training and evaluation rest on them; 400 days for `note`, which is free text.
CREATE TABLE IF NOT EXISTS labels
(
    label_id String CODEC(ZSTD(1)),
    item_id String CODEC(ZSTD(3)),
    surface LowCardinality(String),
    item_revision UInt32 CODEC(T64, ZSTD(1)),
    present Array(String),
    absent Array(String),
    annotator LowCardinality(String),
    labelled_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    note String CODEC(ZSTD(3)) TTL toDateTime(labelled_at) + INTERVAL 400 DAY
)
ENGINE = ReplacingMergeTree(labelled_at)
PARTITION BY toYear(labelled_at)
ORDER BY (surface, item_id, label_id);
