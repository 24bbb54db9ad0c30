-- What analysts read.
CREATE VIEW IF NOT EXISTS verdicts_per_minute AS
SELECT
    minute, surface, stage, action, mode, policy_hash,
    uniqExactMerge(verdicts) AS n_verdicts
FROM verdict_counts
GROUP BY minute, surface, stage, action, mode, policy_hash;

-- A verdict for which two labels fired counts under both.
CREATE VIEW IF NOT EXISTS labels_per_minute AS
SELECT
    minute, surface, stage, action, mode, policy_hash, label,
    uniqExactMerge(verdicts) AS n_verdicts
FROM label_counts
GROUP BY minute, surface, stage, action, mode, policy_hash, label;

-- The verdict in force on each item: the highest revision of the newest form of its content.
-- Verdicts in shadow mode are recorded and never in force.
CREATE VIEW IF NOT EXISTS verdicts_current AS
SELECT *
FROM verdicts FINAL
WHERE mode != 'shadow'
ORDER BY item_revision DESC, revision DESC, decided_at DESC
LIMIT 1 BY surface, item_id;
