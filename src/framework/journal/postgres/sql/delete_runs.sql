WITH deleted AS (
    DELETE FROM journal_runs
    WHERE run_id = ANY (%(run_ids)s::text[]) AND (lease_until IS NULL OR lease_until <= clock_timestamp())
    RETURNING run_id
), entries AS (
    DELETE FROM journal_entries WHERE run_id IN (SELECT run_id FROM deleted)
), messages AS (
    DELETE FROM journal_inbox WHERE run_id IN (SELECT run_id FROM deleted)
), marks AS (
    DELETE FROM journal_marks WHERE run_id IN (SELECT run_id FROM deleted)
)
SELECT run_id FROM deleted
