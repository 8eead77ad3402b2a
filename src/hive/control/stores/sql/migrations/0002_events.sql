-- What runs send: events by type, their content, what was refused, and the hourly sums.
-- The key of an event is (team_id, timestamp, event_id); a month is a partition.

CREATE TABLE metric_events (
    team_id          uuid NOT NULL,
    timestamp        timestamptz NOT NULL,
    event_id         uuid NOT NULL,
    received_at      timestamptz NOT NULL,
    sdk_instance_id  text NOT NULL,
    agent_id         text NOT NULL,
    run_id           text,
    node_id          text,
    trace_id         text NOT NULL,
    span_id          text NOT NULL,
    provider         text NOT NULL,
    model_id         text NOT NULL,
    status           text NOT NULL CHECK (status IN ('success', 'error')),
    latency_ms       double precision NOT NULL,
    input_tokens     bigint NOT NULL,
    output_tokens    bigint NOT NULL,
    cached_tokens    bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    token_count      bigint NOT NULL,
    cost_usd         numeric(20, 10) NOT NULL,
    cost_source      text NOT NULL CHECK (cost_source IN ('reported', 'priced', 'unknown')),
    body             jsonb NOT NULL,
    PRIMARY KEY (team_id, timestamp, event_id)
) PARTITION BY RANGE (timestamp);

CREATE TABLE trace_events (
    team_id         uuid NOT NULL,
    timestamp       timestamptz NOT NULL,
    event_id        uuid NOT NULL,
    received_at     timestamptz NOT NULL,
    sdk_instance_id text NOT NULL,
    agent_id        text NOT NULL,
    run_id          text,
    node_id         text,
    trace_id        text,
    span_id         text,
    kind            text NOT NULL,
    body            jsonb NOT NULL,
    PRIMARY KEY (team_id, timestamp, event_id)
) PARTITION BY RANGE (timestamp);

CREATE TABLE decision_events (LIKE trace_events INCLUDING ALL) PARTITION BY RANGE (timestamp);

CREATE TABLE log_events (
    team_id         uuid NOT NULL,
    timestamp       timestamptz NOT NULL,
    event_id        uuid NOT NULL,
    received_at     timestamptz NOT NULL,
    sdk_instance_id text NOT NULL,
    agent_id        text NOT NULL,
    run_id          text,
    node_id         text,
    trace_id        text,
    level           text NOT NULL,
    message         text NOT NULL,
    body            jsonb NOT NULL,
    PRIMARY KEY (team_id, timestamp, event_id)
) PARTITION BY RANGE (timestamp);

CREATE TABLE comm_events (
    team_id         uuid NOT NULL,
    timestamp       timestamptz NOT NULL,
    event_id        uuid NOT NULL,
    received_at     timestamptz NOT NULL,
    sdk_instance_id text NOT NULL,
    run_id          text,
    span_id         text,
    thread_id       text NOT NULL,
    from_agent      text NOT NULL,
    to_agent        text NOT NULL,
    message_type    text NOT NULL,
    content_hash    bytea,
    body            jsonb NOT NULL,
    PRIMARY KEY (team_id, timestamp, event_id)
) PARTITION BY RANGE (timestamp);

CREATE TABLE control_events (
    team_id         uuid NOT NULL,
    timestamp       timestamptz NOT NULL,
    event_id        uuid NOT NULL,
    received_at     timestamptz NOT NULL,
    sdk_instance_id text NOT NULL,
    agent_id        text NOT NULL,
    run_id          text,
    trace_id        text NOT NULL,
    span_id         text NOT NULL,
    provider        text NOT NULL,
    action          text NOT NULL,
    budget_id       text,
    body            jsonb NOT NULL,
    PRIMARY KEY (team_id, timestamp, event_id)
) PARTITION BY RANGE (timestamp);

CREATE INDEX metric_events_by_agent ON metric_events (team_id, agent_id, timestamp);
CREATE INDEX metric_events_by_run ON metric_events (team_id, run_id, timestamp) WHERE run_id IS NOT NULL;
CREATE INDEX trace_events_by_run ON trace_events (team_id, run_id, timestamp) WHERE run_id IS NOT NULL;
CREATE INDEX decision_events_by_run ON decision_events (team_id, run_id, timestamp) WHERE run_id IS NOT NULL;
CREATE INDEX log_events_by_run ON log_events (team_id, run_id, timestamp) WHERE run_id IS NOT NULL;
CREATE INDEX comm_events_by_thread ON comm_events (team_id, thread_id, timestamp);

-- Exact sums of metric_events by hour, kept in the transaction that stores the events.
CREATE TABLE metric_hours (
    team_id       uuid NOT NULL,
    bucket        timestamptz NOT NULL,
    agent_id      text NOT NULL,
    provider      text NOT NULL,
    model_id      text NOT NULL,
    request_count bigint NOT NULL,
    success_count bigint NOT NULL,
    input_tokens  bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    token_count   bigint NOT NULL,
    cost_usd      numeric(24, 10) NOT NULL,
    unpriced_count bigint NOT NULL,
    latency_ms    double precision NOT NULL,
    PRIMARY KEY (team_id, bucket, agent_id, provider, model_id)
);

CREATE TABLE content (
    team_id    uuid NOT NULL,
    sha256     bytea NOT NULL CHECK (octet_length(sha256) = 32),
    body       bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz NOT NULL,
    PRIMARY KEY (team_id, sha256)
);

-- The names under which SDKs refer to content.
CREATE TABLE content_ids (
    team_id    uuid NOT NULL,
    content_id text NOT NULL,
    sha256     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, content_id),
    FOREIGN KEY (team_id, sha256) REFERENCES content ON DELETE CASCADE
);

CREATE TABLE quarantine (
    team_id         uuid NOT NULL,
    quarantine_id   uuid NOT NULL,
    received_at     timestamptz NOT NULL,
    sdk_instance_id text,
    reason          text NOT NULL,
    raw             bytea NOT NULL,
    PRIMARY KEY (team_id, quarantine_id)
);

CREATE TABLE failure_packets (
    team_id    uuid NOT NULL,
    packet_id  uuid NOT NULL,
    created_at timestamptz NOT NULL,
    agent_id   text NOT NULL,
    run_id     text NOT NULL,
    node_id    text,
    category   text NOT NULL CHECK (category IN ('infrastructure', 'logic', 'reasoning')),
    attempt    int NOT NULL DEFAULT 0,
    body       jsonb NOT NULL,
    PRIMARY KEY (team_id, packet_id)
);
CREATE INDEX failure_packets_by_run ON failure_packets (team_id, run_id);

CREATE TABLE policies (
    team_id    uuid NOT NULL,
    policy_id  text NOT NULL,
    version    text NOT NULL,
    document   jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (team_id, policy_id)
);

SELECT hive_guard(guarded)
  FROM unnest(ARRAY['metric_events', 'trace_events', 'decision_events', 'log_events', 'comm_events',
                    'control_events', 'metric_hours', 'content', 'content_ids', 'quarantine',
                    'failure_packets', 'policies']::regclass[]) AS guarded;

GRANT SELECT, INSERT
    ON metric_events, trace_events, decision_events, log_events, comm_events, control_events TO hive_app;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON metric_hours, content, content_ids, quarantine, failure_packets, policies TO hive_app;

-- Makes the months from 31 days ago to two months ahead; takes no argument, so anyone may call it.
-- A partition is closed to everyone: rows come and go through its table alone.
CREATE FUNCTION hive_create_partitions() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    parent regclass;
    month  timestamptz;
    part   text;
    made   int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(1751742053, 1);
    FOR parent IN
        SELECT partrelid FROM pg_partitioned_table ORDER BY partrelid::regclass::text
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
REVOKE EXECUTE ON FUNCTION hive_create_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hive_create_partitions() TO hive_app;
SELECT hive_create_partitions();

-- The name TimescaleDB gives it, so that a query runs on both.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        CREATE FUNCTION time_bucket(width interval, moment timestamptz) RETURNS timestamptz
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN date_bin(width, moment, timestamptz '2000-01-03 00:00:00+00');
    END IF;
END $$;
