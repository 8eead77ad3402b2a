-- Runs that ended, that nobody holds, and that may go: too old, or not among the last of their agent.
-- Who opened a run after its end, and that a person rejects it, does not make it one that goes on.
WITH ranked AS (
    SELECT run_id, written_at, lease_until, ordinal,
        row_number() OVER (PARTITION BY agent ORDER BY ordinal DESC) AS place
    FROM journal_runs
)
SELECT ranked.run_id
FROM ranked
CROSS JOIN LATERAL (
    SELECT kind
    FROM journal_entries AS entry
    WHERE entry.run_id = ranked.run_id AND entry.kind NOT IN ('owner_changed', 'run_rejected')
    ORDER BY entry.seq DESC
    LIMIT 1
) AS last
WHERE last.kind = 'run_finished'
    AND (ranked.lease_until IS NULL OR ranked.lease_until <= clock_timestamp())
    AND (
        ranked.written_at < clock_timestamp() - make_interval(secs => %(older_than_s)s)
        OR ranked.place > %(keep_last)s
    )
ORDER BY ranked.ordinal
LIMIT %(limit)s
