-- How each reason counted (`enforce`, `canary`, `review`; empty in verdicts of before) and what its
-- rule asks for; the queue's priority; what rules in shadow would have made of the verdict.
ALTER TABLE verdicts
    ADD COLUMN IF NOT EXISTS priority LowCardinality(String) COMMENT 'of the queue, empty for none',
    ADD COLUMN IF NOT EXISTS `reasons.mode` Array(String),
    ADD COLUMN IF NOT EXISTS `reasons.action` Array(String),
    ADD COLUMN IF NOT EXISTS would_actor_action LowCardinality(String),
    ADD COLUMN IF NOT EXISTS would_actor_action_duration_s Nullable(UInt64),
    ADD COLUMN IF NOT EXISTS would_queue LowCardinality(String),
    ADD COLUMN IF NOT EXISTS `would_reasons.code` Array(String),
    ADD COLUMN IF NOT EXISTS `would_reasons.rule` Array(String),
    ADD COLUMN IF NOT EXISTS `would_reasons.label` Array(String),
    ADD COLUMN IF NOT EXISTS `would_reasons.score` Array(Nullable(Float64)),
    ADD COLUMN IF NOT EXISTS `would_reasons.action` Array(String);

ALTER TABLE verdicts
    ADD COLUMN IF NOT EXISTS would_action LowCardinality(String)
    COMMENT 'had rules in shadow counted too; empty where none of them fired';

-- Rules by hour, surface and language: how often each fired, and in which mode. Of rules in shadow
-- also how many verdicts they would have made harder.
CREATE VIEW IF NOT EXISTS rules_per_hour AS
SELECT
    toStartOfHour(decided_at) AS hour, surface,
    JSONExtractString(features, 'item', 'language') AS language,
    fired.1 AS rule, fired.2 AS mode, fired.3 AS rule_action,
    count() AS n_verdicts,
    countIf(fired.2 = 'shadow' AND would_action != action) AS n_harder
FROM
(
    SELECT *,
        arrayConcat(
            arrayMap((r, m, a) -> (r, if(m = '', 'enforce', m), a), reasons.rule,
                arrayResize(reasons.mode, length(reasons.rule)),
                arrayResize(reasons.action, length(reasons.rule))),
            arrayMap((r, a) -> (r, 'shadow', a), would_reasons.rule, would_reasons.action)
        ) AS all_fired
    FROM verdicts FINAL
)
ARRAY JOIN all_fired AS fired
GROUP BY hour, surface, language, rule, mode, rule_action;

-- What was asked for against what would have been, had rules in shadow counted: by rule in shadow,
-- surface, language and hour.
CREATE VIEW IF NOT EXISTS shadow_against_live AS
SELECT
    toStartOfHour(decided_at) AS hour, surface,
    JSONExtractString(features, 'item', 'language') AS language,
    shadow_rule AS rule, action AS live_action, would_action AS shadow_action,
    count() AS n_verdicts
FROM (SELECT * FROM verdicts FINAL WHERE would_action != '')
ARRAY JOIN would_reasons.rule AS shadow_rule
GROUP BY hour, surface, language, rule, live_action, shadow_action;

-- A view keeps the columns that there were when it was made; of two verdicts of one revision that
-- is in force which was decided first.
DROP TABLE IF EXISTS verdicts_current;

CREATE VIEW IF NOT EXISTS verdicts_current AS
SELECT *
FROM verdicts FINAL
WHERE mode != 'shadow'
ORDER BY item_revision DESC, revision DESC, decided_at
LIMIT 1 BY surface, item_id;
