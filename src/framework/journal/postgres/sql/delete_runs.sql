-- The content that the deleted runs referred to begins its grace anew: someone may be copying them.
WITH deleted AS (
    DELETE FROM journal_runs
    WHERE run_id = ANY (%(run_ids)s::text[]) AND (lease_until IS NULL OR lease_until <= clock_timestamp())
    RETURNING run_id
), entries AS (
    DELETE FROM journal_entries WHERE run_id IN (SELECT run_id FROM deleted)
), messages AS (
    DELETE FROM journal_inbox WHERE run_id IN (SELECT run_id FROM deleted)
), marks AS (
    DELETE FROM journal_marks WHERE run_id IN (SELECT run_id FROM deleted) RETURNING digest
), blobs AS (
    UPDATE journal_blobs SET touched_at = clock_timestamp() WHERE digest IN (SELECT digest FROM marks)
)
SELECT run_id FROM deleted
