-- Campaigns as they stood last, one row per `campaign_id`: nearly the same, posted by several actors.
-- `closed_at` is 1970 while one is open; `fingerprints` are those by which items belong to it.
--
--     SELECT campaign_id, n_actors, violating_share, surfaces FROM campaigns FINAL
--     WHERE last_seen > now() - INTERVAL 1 DAY ORDER BY n_actors DESC
--
-- Retention: 400 days after the last item.
CREATE TABLE IF NOT EXISTS campaigns
(
    campaign_id String CODEC(ZSTD(1)),
    n_actors UInt64 CODEC(T64, ZSTD(1)),
    n_items UInt64 CODEC(T64, ZSTD(1)),
    n_violating UInt64 CODEC(T64, ZSTD(1)),
    violating_share Float64 CODEC(ZSTD(1)),
    surfaces Array(String),
    fingerprints Array(String),
    first_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    last_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    opened_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    changed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    closed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    merged_into String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(changed_at)
PARTITION BY toYYYYMM(opened_at)
ORDER BY campaign_id
TTL toDateTime(last_seen) + INTERVAL 400 DAY;

-- The items whose verdict in force was decided with a campaign in view. What was judged before the
-- campaign was seen, and would be judged no otherwise with it, is not among them.
CREATE VIEW IF NOT EXISTS campaign_members AS
SELECT
    extract(features, '"campaign":\\{"id":"([^"]+)"') AS campaign_id,
    surface, item_id, actor_id, item_revision, stage, action, occurred_at, decided_at, verdict_id
FROM verdicts_current
WHERE position(features, '"campaign":{"id":"') > 0;
