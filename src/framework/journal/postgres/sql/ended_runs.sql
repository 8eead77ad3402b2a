-- Runs that ended and may go: too old, or not among the last of their agent.
WITH ranked AS (
    SELECT run_id, last_seq, written_at, ordinal, row_number() OVER (PARTITION BY agent ORDER BY ordinal DESC) AS place
    FROM journal_runs
)
SELECT ranked.run_id
FROM ranked
JOIN journal_entries AS entry ON entry.run_id = ranked.run_id AND entry.seq = ranked.last_seq
WHERE entry.kind = 'run_finished'
    AND (
        ranked.written_at < clock_timestamp() - make_interval(secs => %(older_than_s)s)
        OR ranked.place > %(keep_last)s
    )
ORDER BY ranked.ordinal
LIMIT %(limit)s
