-- Verdicts per minute, by surface, stage, action, mode and policy; and the labels that fired.
--
-- A materialised view sees every insert, so also the copies that a redelivery brings and the table
-- below later drops. The counts are therefore exact distinct counts of `verdict_id` (16 bytes a
-- verdict), which a copy leaves as they are. The minute is the product's, so that a redelivered
-- verdict falls into the same one, unless it is more than a week before or an hour after ours.
--
-- Retention: 1,100 days; there is nothing about persons in here.
CREATE TABLE IF NOT EXISTS verdict_counts
(
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    surface LowCardinality(String),
    stage LowCardinality(String),
    action LowCardinality(String),
    mode LowCardinality(String),
    policy_hash LowCardinality(String),
    verdicts AggregateFunction(uniqExact, UUID)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (surface, minute, stage, action, mode, policy_hash)
TTL minute + INTERVAL 1100 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS verdict_counts_fed TO verdict_counts AS
SELECT
    toStartOfMinute(toDateTime(
        if(occurred_at BETWEEN decided_at - INTERVAL 7 DAY AND decided_at + INTERVAL 1 HOUR,
           occurred_at, decided_at), 'UTC')) AS minute,
    surface,
    stage,
    action,
    mode,
    policy_hash,
    uniqExactState(verdict_id) AS verdicts
FROM verdicts
GROUP BY minute, surface, stage, action, mode, policy_hash;

CREATE TABLE IF NOT EXISTS label_counts
(
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    surface LowCardinality(String),
    stage LowCardinality(String),
    action LowCardinality(String),
    mode LowCardinality(String),
    policy_hash LowCardinality(String),
    label LowCardinality(String),
    verdicts AggregateFunction(uniqExact, UUID)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (surface, label, minute, stage, action, mode, policy_hash)
TTL minute + INTERVAL 1100 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS label_counts_fed TO label_counts AS
SELECT
    toStartOfMinute(toDateTime(
        if(occurred_at BETWEEN decided_at - INTERVAL 7 DAY AND decided_at + INTERVAL 1 HOUR,
           occurred_at, decided_at), 'UTC')) AS minute,
    surface,
    stage,
    action,
    mode,
    policy_hash,
    fired AS label,
    uniqExactState(verdict_id) AS verdicts
FROM verdicts
ARRAY JOIN arrayFilter(x -> x != '', arrayDistinct(reasons.label)) AS fired
GROUP BY minute, surface, stage, action, mode, policy_hash, label;
