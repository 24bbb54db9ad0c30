-- What rules could ask of a verdict's item besides its signals, as JSON (`Features` in schemas/json):
-- empty in verdicts of before. Fields with their default value are left out.
--
--     SELECT JSONExtractUInt(features, 'actor', 'n_1h') AS n, count() FROM verdicts FINAL GROUP BY n
ALTER TABLE verdicts ADD COLUMN IF NOT EXISTS features String CODEC(ZSTD(3));

-- A view keeps the columns that there were when it was made. Of two verdicts of one revision (a task
-- delivered again where less could be judged) that is in force which was decided first: consumers
-- ignore a revision that they have.
DROP TABLE IF EXISTS verdicts_current;

CREATE VIEW IF NOT EXISTS verdicts_current AS
SELECT *
FROM verdicts FINAL
WHERE mode != 'shadow'
ORDER BY item_revision DESC, revision DESC, decided_at
LIMIT 1 BY surface, item_id;
