-- Stores the append of one run; see append.sql, which stores those of many and takes half as long again.
WITH claimed AS (
    UPDATE journal_runs
    SET last_seq = last_seq + %(count)s,
        agent = COALESCE(%(agent)s, agent),
        written_at = clock_timestamp(),
        lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
    WHERE run_id = %(run_id)s
        AND epoch = %(epoch)s
        AND last_seq = %(expected)s
        AND lease_until IS NOT NULL
    RETURNING 0 AS place, run_id
), stored AS (
    INSERT INTO journal_entries (run_id, seq, at_us, lane, kind, line)
    SELECT claimed.run_id, %(expected)s + entry.number, entry.at_us, entry.lane, entry.kind,
        substring(%(lines)b::bytea FROM entry.start FOR entry.size)
    FROM claimed, unnest(
        %(times)s::bigint[], string_to_array(%(lanes)s, E'\n'), string_to_array(%(kinds)s, E'\n'),
        %(starts)s::int[], %(sizes)s::int[]
    ) WITH ORDINALITY AS entry (at_us, lane, kind, start, size, number)
)
/* content */
SELECT place,
    set_config(
        'synchronous_commit',
        CASE
            WHEN NOT %(durable)s THEN 'off'
            WHEN current_setting('synchronous_commit') = 'off' THEN 'on'
            ELSE current_setting('synchronous_commit')
        END,
        true
    )
FROM claimed
