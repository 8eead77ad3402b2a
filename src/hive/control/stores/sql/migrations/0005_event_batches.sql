-- In which order the events of a team were stored: a live stream goes on after any position, and misses none.
-- The event at place n of event_ids has the position last_position - cardinality(event_ids) + n.
-- The positions of a stream have no gap, because one transaction of a team stores events at a time.

CREATE TABLE event_batches (
    team_id       uuid NOT NULL,
    stream        text NOT NULL,
    last_position bigint NOT NULL CHECK (last_position > 0),
    stored_at     timestamptz NOT NULL DEFAULT now(),
    first_time    timestamptz NOT NULL,
    last_time     timestamptz NOT NULL,
    event_ids     uuid[] NOT NULL CHECK (cardinality(event_ids) > 0),
    PRIMARY KEY (team_id, stream, last_position)
);
CREATE INDEX event_batches_by_age ON event_batches (stored_at);

SELECT hive_guard('event_batches');
GRANT SELECT, INSERT ON event_batches TO hive_app;

-- What is older than a week goes, the newest of it aside: the next position follows from the last batch.
CREATE POLICY stale ON event_batches TO CURRENT_USER USING (stored_at < now() - interval '7 days');

CREATE FUNCTION hive_sweep_batches() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH swept AS (
        DELETE FROM event_batches AS old
         WHERE stored_at < now() - interval '7 days'
           AND EXISTS (SELECT FROM event_batches AS later
                        WHERE later.team_id = old.team_id AND later.stream = old.stream
                          AND later.last_position > old.last_position)
        RETURNING 1
    )
    SELECT count(*) FROM swept
$$;
REVOKE EXECUTE ON FUNCTION hive_sweep_batches() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hive_sweep_batches() TO hive_app;
