-- Sent a second time it changes nothing. The answer: whether the run is stored, and whether there was room.
WITH run AS (
    SELECT run_id FROM journal_runs WHERE run_id = %(run_id)s
), others AS (
    SELECT count(*) AS count FROM journal_inbox WHERE run_id = %(run_id)s AND name <> %(name)s
), message AS (
    INSERT INTO journal_inbox (run_id, name, message)
    SELECT run.run_id, %(name)s, %(message)b::bytea
    FROM run, others
    WHERE others.count < %(most)s
    ON CONFLICT DO NOTHING
)
SELECT EXISTS (SELECT FROM run), others.count < %(most)s FROM others
