-- How long things are kept, and what lets go of them; daily sums of metrics.

CREATE TABLE retention (
    kind text PRIMARY KEY CHECK (kind IN ('events', 'content', 'quarantine')),
    keep interval NOT NULL CHECK (keep >= interval '1 day'),
    CHECK (kind <> 'events' OR keep >= interval '45 days')
);
-- Content outlives the events that name it, and their whole month.
INSERT INTO retention VALUES
    ('events', interval '400 days'), ('content', interval '440 days'), ('quarantine', interval '30 days');

CREATE FUNCTION hive_keep(wanted text) RETURNS interval
    LANGUAGE sql STABLE
    RETURN (SELECT keep FROM retention WHERE kind = wanted);
REVOKE EXECUTE ON FUNCTION hive_keep(text) FROM PUBLIC;

CREATE INDEX quarantine_by_age ON quarantine (received_at);
CREATE INDEX content_by_use ON content (used_at);
CREATE INDEX failure_packets_by_age ON failure_packets (created_at);

-- The owner sees what is due, of all teams, and nothing else.
CREATE POLICY stale ON quarantine TO CURRENT_USER
    USING (received_at < now() - (SELECT hive_keep('quarantine')));
CREATE POLICY stale ON content TO CURRENT_USER
    USING (used_at < now() - (SELECT hive_keep('content')));
CREATE POLICY stale ON failure_packets TO CURRENT_USER
    USING (created_at < now() - (SELECT hive_keep('events')));

-- Deletes some of what is due, a bounded number at a time, and returns how many; takes no argument, so anyone may call it.
CREATE FUNCTION hive_forget_rows() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone_quarantine AS (
        DELETE FROM quarantine WHERE (team_id, quarantine_id) IN (
            SELECT team_id, quarantine_id FROM quarantine
             WHERE received_at < now() - (SELECT hive_keep('quarantine'))
             ORDER BY received_at LIMIT 2000 FOR UPDATE SKIP LOCKED)
        RETURNING 1
    ), gone_content AS (
        DELETE FROM content WHERE (team_id, sha256) IN (
            SELECT team_id, sha256 FROM content
             WHERE used_at < now() - (SELECT hive_keep('content'))
             ORDER BY used_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
        RETURNING 1
    ), gone_packets AS (
        DELETE FROM failure_packets WHERE (team_id, packet_id) IN (
            SELECT team_id, packet_id FROM failure_packets
             WHERE created_at < now() - (SELECT hive_keep('events'))
             ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone_quarantine) + (SELECT count(*) FROM gone_content)
         + (SELECT count(*) FROM gone_packets)
$$;

-- Whether the event tables are hypertables behind views instead of partitions behind row-level security.
CREATE FUNCTION hive_is_columnstore() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN to_regclass('hive_app.metric_events') IS NOT NULL;
GRANT EXECUTE ON FUNCTION hive_is_columnstore() TO hive_app;

-- Drops the months (or chunks) whose every event is due, and returns how many; gives way to whoever works.
CREATE FUNCTION hive_forget_events() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '1s' AS $$
DECLARE
    due     timestamptz := now() - hive_keep('events');
    parent  regclass;
    part    regclass;
    dropped int := 0;
    chunks  int;
BEGIN
    IF hive_is_columnstore() THEN
        FOR parent IN
            SELECT format('public.%I', hypertable_name)::regclass FROM timescaledb_information.hypertables
             WHERE hypertable_schema = 'public' AND hypertable_name LIKE '%\_events'
        LOOP
            SELECT count(*) INTO chunks FROM drop_chunks(parent, older_than => due);
            dropped := dropped + chunks;
        END LOOP;
        RETURN dropped;
    END IF;
    FOR part IN
        SELECT c.oid FROM pg_class c
          JOIN pg_inherits ON inhrelid = c.oid
          JOIN pg_class p ON p.oid = inhparent AND p.relkind = 'p'
         WHERE p.relnamespace = 'public'::regnamespace AND p.relname LIKE '%\_events'
           AND c.relname ~ '_events_\d{4}_\d{2}$'
           AND to_timestamp(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= due
    LOOP
        EXECUTE format('DROP TABLE %s', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

REVOKE EXECUTE ON FUNCTION hive_forget_rows(), hive_forget_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hive_forget_rows(), hive_forget_events() TO hive_app;

-- As before, but only for event tables of this schema: a database may hold partitioned tables of others.
CREATE OR REPLACE FUNCTION hive_create_partitions() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    parent regclass;
    month  timestamptz;
    part   text;
    made   int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(1751742053, 1);
    FOR parent IN
        SELECT c.oid FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
         WHERE c.relkind = 'p' AND c.relnamespace = 'public'::regnamespace AND c.relname LIKE '%\_events'
           AND r.rolname = current_user
         ORDER BY c.relname
    LOOP
        FOR month IN
            SELECT generate_series(date_trunc('month', now() - interval '31 days'),
                                   date_trunc('month', now()) + interval '2 months', interval '1 month')
        LOOP
            part := parent || to_char(month, '"_"YYYY"_"MM');
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)', part, parent,
                           month, month + interval '1 month');
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- What every day (UTC) came to, for long stretches of time; metric_hours stays what money is counted by.
CREATE VIEW metric_days WITH (security_invoker) AS
    SELECT team_id, date_trunc('day', bucket, 'UTC') AS bucket, agent_id, provider, model_id,
           sum(request_count)::bigint AS request_count, sum(success_count)::bigint AS success_count,
           sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
           sum(cached_tokens)::bigint AS cached_tokens, sum(token_count)::bigint AS token_count,
           sum(cost_usd) AS cost_usd, sum(unpriced_count)::bigint AS unpriced_count, sum(latency_ms) AS latency_ms
      FROM metric_hours
     GROUP BY 1, 2, 3, 4, 5;
GRANT SELECT ON metric_days TO hive_app;
