-- Stores the appends of many runs in one transaction. An append whose writer was fenced (another epoch) or
-- whose expected number is not the last is left out; the answer has a row for every one that was stored.
-- The expressions of append_content.sql go where it says so, if there is content: they cost as much again.
WITH asked AS (
    SELECT * FROM unnest(
        %(places)s::int[], string_to_array(%(run_ids)s, E'\n'), %(epochs)s::bigint[],
        %(expected)s::bigint[], %(counts)s::int[],
        %(agents)s::text[]
    ) AS asked (place, run_id, epoch, expected, count, agent)
), claimed AS (
    UPDATE journal_runs AS run
    SET last_seq = run.last_seq + asked.count,
        agent = COALESCE(asked.agent, run.agent),
        written_at = clock_timestamp(),
        lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
    FROM asked
    WHERE run.run_id = asked.run_id
        AND run.epoch = asked.epoch
        AND run.last_seq = asked.expected
        AND run.lease_until IS NOT NULL
    RETURNING asked.place, run.run_id
), stored AS (
    INSERT INTO journal_entries (run_id, seq, at_us, lane, kind, line)
    SELECT claimed.run_id, entry.seq, entry.at_us, entry.lane, entry.kind,
        substring(%(lines)b::bytea FROM entry.start FOR entry.size)
    FROM unnest(
        %(entry_places)s::int[], %(seqs)s::bigint[], %(times)s::bigint[],
        string_to_array(%(lanes)s, E'\n'), string_to_array(%(kinds)s, E'\n'), %(starts)s::int[], %(sizes)s::int[]
    ) AS entry (place, seq, at_us, lane, kind, start, size)
    JOIN claimed USING (place)
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
