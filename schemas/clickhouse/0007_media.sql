-- What a partial verdict waits for, and why something of a media part gave no answer.
ALTER TABLE verdicts
    ADD COLUMN IF NOT EXISTS pending Array(String) COMMENT 'what a later revision will say more of';

ALTER TABLE verdicts ADD COLUMN IF NOT EXISTS `unanswered.detector` Array(String);

ALTER TABLE verdicts ADD COLUMN IF NOT EXISTS `unanswered.part` Array(String);

ALTER TABLE verdicts ADD COLUMN IF NOT EXISTS `unanswered.cause` Array(String);

-- A view keeps the columns that there were when it was made.
DROP TABLE IF EXISTS verdicts_current;

CREATE VIEW IF NOT EXISTS verdicts_current AS
SELECT *
FROM verdicts FINAL
WHERE mode != 'shadow'
ORDER BY item_revision DESC, revision DESC, decided_at DESC
LIMIT 1 BY surface, item_id;
