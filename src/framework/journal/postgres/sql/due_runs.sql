-- Runs that ended and were last written too long ago, those that are held included, with their bytes.
-- Who opened a run after its end, and that a person rejects it, does not make it one that goes on.
SELECT run.ordinal, run.run_id, run.agent, (extract(epoch FROM run.written_at) * 1000000)::bigint AS ended_at_us,
    CASE WHEN run.lease_until > clock_timestamp() THEN run.owner END AS holder,
    (
        (SELECT sum(octet_length(entry.line)) FROM journal_entries AS entry WHERE entry.run_id = run.run_id)
        + (SELECT COALESCE(sum(octet_length(inbox.message)), 0)
            FROM journal_inbox AS inbox WHERE inbox.run_id = run.run_id)
    )::bigint AS size
FROM journal_runs AS run
CROSS JOIN LATERAL (
    SELECT kind
    FROM journal_entries AS entry
    WHERE entry.run_id = run.run_id AND entry.kind NOT IN ('owner_changed', 'run_rejected')
    ORDER BY entry.seq DESC
    LIMIT 1
) AS last
WHERE last.kind = 'run_finished'
    AND run.ordinal > %(after)s
    AND run.written_at < clock_timestamp() - make_interval(secs => %(older_than_s)s)
ORDER BY run.ordinal
LIMIT %(limit)s
