-- What a second policy asked for that ran in shadow beside the one that decides (`shadow` in
-- `Verdict`): it saw the same, and nobody acts on it. `shadow_mode` is that of the verdict that it
-- would have made. All empty where none ran, or where it failed.
ALTER TABLE verdicts
    ADD COLUMN IF NOT EXISTS shadow_policy_hash LowCardinality(String) COMMENT 'empty where none ran beside',
    ADD COLUMN IF NOT EXISTS shadow_action LowCardinality(String),
    ADD COLUMN IF NOT EXISTS shadow_actor_action LowCardinality(String),
    ADD COLUMN IF NOT EXISTS shadow_actor_action_duration_s Nullable(UInt64),
    ADD COLUMN IF NOT EXISTS shadow_queue LowCardinality(String),
    ADD COLUMN IF NOT EXISTS shadow_priority LowCardinality(String),
    ADD COLUMN IF NOT EXISTS shadow_mode LowCardinality(String),
    ADD COLUMN IF NOT EXISTS `shadow_reasons.code` Array(String),
    ADD COLUMN IF NOT EXISTS `shadow_reasons.rule` Array(String),
    ADD COLUMN IF NOT EXISTS `shadow_reasons.policy_version` Array(String),
    ADD COLUMN IF NOT EXISTS `shadow_reasons.label` Array(String),
    ADD COLUMN IF NOT EXISTS `shadow_reasons.score` Array(Nullable(Float64)),
    ADD COLUMN IF NOT EXISTS `shadow_reasons.mode` Array(String),
    ADD COLUMN IF NOT EXISTS `shadow_reasons.action` Array(String);

-- The live policy against the one in shadow beside it: each verdict once, by what both asked for.
-- `n_otherwise` are those of them that go to another queue or do otherwise with the actor.
CREATE VIEW IF NOT EXISTS shadow_policy_against_live AS
SELECT
    toStartOfHour(decided_at) AS hour, surface,
    JSONExtractString(features, 'item', 'language') AS language, stage,
    policy_hash AS live_hash, shadow_policy_hash AS shadow_hash, mode AS live_mode, shadow_mode,
    action AS live_action, shadow_action,
    count() AS n_verdicts,
    countIf(queue != shadow_queue OR actor_action != shadow_actor_action
        OR ifNull(toInt64(actor_action_duration_s), -1)
            != ifNull(toInt64(shadow_actor_action_duration_s), -1)) AS n_otherwise
FROM verdicts FINAL
WHERE shadow_policy_hash != ''
GROUP BY hour, surface, language, stage, live_hash, shadow_hash, live_mode, shadow_mode, live_action, shadow_action;

-- The same by rule: a verdict counts under each rule that counted in either policy, once.
CREATE VIEW IF NOT EXISTS shadow_policy_rules AS
SELECT
    toStartOfHour(decided_at) AS hour, surface,
    JSONExtractString(features, 'item', 'language') AS language, stage,
    policy_hash AS live_hash, shadow_policy_hash AS shadow_hash,
    fired AS rule, action AS live_action, shadow_action,
    countIf(has(live_rules, fired) AND has(shadow_rules, fired)) AS n_both,
    countIf(NOT has(shadow_rules, fired)) AS n_live_alone,
    countIf(NOT has(live_rules, fired)) AS n_shadow_alone
FROM
(
    SELECT *,
        reasons.rule AS live_rules, shadow_reasons.rule AS shadow_rules,
        arrayDistinct(arrayConcat(live_rules, shadow_rules)) AS all_fired
    FROM verdicts FINAL
    WHERE shadow_policy_hash != ''
)
ARRAY JOIN all_fired AS fired
GROUP BY hour, surface, language, stage, live_hash, shadow_hash, rule, live_action, shadow_action;

-- A view keeps the columns that there were when it was made; of two verdicts of one revision that
-- is in force which was decided first.
DROP TABLE IF EXISTS verdicts_current;

CREATE VIEW IF NOT EXISTS verdicts_current AS
SELECT *
FROM verdicts FINAL
WHERE mode != 'shadow'
ORDER BY item_revision DESC, revision DESC, decided_at
LIMIT 1 BY surface, item_id;
