-- What a team spent in a month, read in one step; deleting a bounded number at a time; statistics of new partitions.

-- Exact sums of metric_hours by month (UTC), kept in the same transaction by a trigger, so that they stay exact
-- also while a program of an earlier version stores events.
CREATE TABLE metric_months (
    team_id     uuid NOT NULL,
    month       timestamptz NOT NULL,
    provider    text NOT NULL,
    model_id    text NOT NULL,
    cost_usd    numeric(24, 10) NOT NULL,
    last_bucket timestamptz NOT NULL,
    PRIMARY KEY (team_id, month, provider, model_id)
);

CREATE FUNCTION hive_sum_months() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO metric_months AS months (team_id, month, provider, model_id, cost_usd, last_bucket)
        SELECT team_id, date_trunc('month', bucket, 'UTC'), provider, model_id, sum(cost_usd), max(bucket)
          FROM hours_after GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (team_id, month, provider, model_id) DO UPDATE
           SET cost_usd = months.cost_usd + EXCLUDED.cost_usd,
               last_bucket = greatest(months.last_bucket, EXCLUDED.last_bucket);
    ELSE
        INSERT INTO metric_months AS months (team_id, month, provider, model_id, cost_usd, last_bucket)
        SELECT team_id, date_trunc('month', bucket, 'UTC'), provider, model_id, sum(cost_usd), max(bucket)
          FROM (SELECT team_id, bucket, provider, model_id, cost_usd FROM hours_after
                UNION ALL
                SELECT team_id, bucket, provider, model_id, -cost_usd FROM hours_before) AS changed
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (team_id, month, provider, model_id) DO UPDATE
           SET cost_usd = months.cost_usd + EXCLUDED.cost_usd,
               last_bucket = greatest(months.last_bucket, EXCLUDED.last_bucket);
    END IF;
    RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION hive_sum_months() FROM PUBLIC;

CREATE TRIGGER sum_months_of_new AFTER INSERT ON metric_hours
    REFERENCING NEW TABLE AS hours_after FOR EACH STATEMENT EXECUTE FUNCTION hive_sum_months();
CREATE TRIGGER sum_months_of_changed AFTER UPDATE ON metric_hours
    REFERENCING OLD TABLE AS hours_before NEW TABLE AS hours_after
    FOR EACH STATEMENT EXECUTE FUNCTION hive_sum_months();

-- The owner sees every team's hours for this moment, in which nobody else reaches the table.
ALTER TABLE metric_hours NO FORCE ROW LEVEL SECURITY;
INSERT INTO metric_months
SELECT team_id, date_trunc('month', bucket, 'UTC'), provider, model_id, sum(cost_usd), max(bucket)
  FROM metric_hours GROUP BY 1, 2, 3, 4;
ALTER TABLE metric_hours FORCE ROW LEVEL SECURITY;

SELECT hive_guard('metric_months');
GRANT SELECT, INSERT, UPDATE ON metric_months TO hive_app;

-- As before, but a bounded number at a time, so that no transaction is long; whoever asks goes on until it is none.
CREATE INDEX sessions_by_end ON sessions ((coalesce(ended_at, expires_at)));
CREATE INDEX invitations_by_end ON invitations (expires_at);

CREATE OR REPLACE FUNCTION hive_sweep() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH swept_sessions AS (
        DELETE FROM sessions WHERE session_id IN (
            SELECT session_id FROM sessions
             WHERE coalesce(ended_at, expires_at) < now() - interval '30 days'
             ORDER BY coalesce(ended_at, expires_at) LIMIT 1000 FOR UPDATE SKIP LOCKED)
        RETURNING 1
    ), swept_invitations AS (
        DELETE FROM invitations WHERE (team_id, token_hash) IN (
            SELECT team_id, token_hash FROM invitations
             WHERE expires_at < now() - interval '30 days'
             ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM swept_sessions) + (SELECT count(*) FROM swept_invitations)
$$;

CREATE OR REPLACE FUNCTION hive_sweep_batches() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH swept AS (
        DELETE FROM event_batches WHERE (team_id, stream, last_position) IN (
            SELECT team_id, stream, last_position FROM event_batches AS old
             WHERE stored_at < now() - interval '7 days'
               AND EXISTS (SELECT FROM event_batches AS later
                            WHERE later.team_id = old.team_id AND later.stream = old.stream
                              AND later.last_position > old.last_position)
             ORDER BY stored_at LIMIT 2000 FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM swept
$$;

-- Gives one partition (or chunk) of events that has rows and no statistics yet its statistics, and returns 1, or 0
-- where there is none: until then the planner takes the index that walks through all of a team's month.
-- Takes no argument, so anyone may call it; the server itself looks after what grows later.
CREATE FUNCTION hive_analyze_new() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    part regclass;
BEGIN
    SELECT c.oid INTO part
      FROM pg_class p
      JOIN pg_roles r ON r.oid = p.relowner AND r.rolname = current_user
      JOIN pg_inherits ON inhparent = p.oid
      JOIN pg_class c ON c.oid = inhrelid
     WHERE p.relnamespace = 'public'::regnamespace AND p.relname LIKE '%\_events'
       AND c.relkind = 'r' AND c.reltuples <= 0 AND pg_relation_size(c.oid) >= 32 * 8192
     ORDER BY pg_stat_get_last_analyze_time(c.oid) NULLS FIRST LIMIT 1;
    IF part IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('ANALYZE %s', part);
    RETURN 1;
END $$;
REVOKE EXECUTE ON FUNCTION hive_analyze_new() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hive_analyze_new() TO hive_app;
