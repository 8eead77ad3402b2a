SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.hive_scope(name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting(('app.'::text || name), true), ''::text);
ALTER FUNCTION public.hive_scope(name text) OWNER TO hive_owner;
CREATE FUNCTION public.hive_account() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (public.hive_scope('account_id'::text))::uuid;
ALTER FUNCTION public.hive_account() OWNER TO hive_owner;
CREATE FUNCTION public.hive_analyze_new() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET lock_timeout TO '1s'
    AS $$
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
ALTER FUNCTION public.hive_analyze_new() OWNER TO hive_owner;
CREATE FUNCTION public.hive_create_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
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
ALTER FUNCTION public.hive_create_partitions() OWNER TO hive_owner;
CREATE FUNCTION public.hive_forget_events() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '1s'
    AS $_$
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
END $_$;
ALTER FUNCTION public.hive_forget_events() OWNER TO hive_owner;
CREATE FUNCTION public.hive_forget_rows() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
ALTER FUNCTION public.hive_forget_rows() OWNER TO hive_owner;
CREATE FUNCTION public.hive_guard(guarded regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format(
        'CREATE POLICY team ON %s USING (team_id = (SELECT hive_team())) '
        'WITH CHECK (team_id = (SELECT hive_team()))', guarded);
END $$;
ALTER FUNCTION public.hive_guard(guarded regclass) OWNER TO hive_owner;
CREATE FUNCTION public.hive_is_columnstore() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (to_regclass('hive_app.metric_events'::text) IS NOT NULL);
ALTER FUNCTION public.hive_is_columnstore() OWNER TO hive_owner;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.retention (
    kind text NOT NULL,
    keep interval NOT NULL,
    CONSTRAINT retention_check CHECK (((kind <> 'events'::text) OR (keep >= '45 days'::interval))),
    CONSTRAINT retention_keep_check CHECK ((keep >= '1 day'::interval)),
    CONSTRAINT retention_kind_check CHECK ((kind = ANY (ARRAY['events'::text, 'content'::text, 'quarantine'::text])))
);
ALTER TABLE public.retention OWNER TO hive_owner;
CREATE FUNCTION public.hive_keep(wanted text) RETURNS interval
    LANGUAGE sql STABLE
    RETURN (SELECT retention.keep FROM public.retention WHERE (retention.kind = hive_keep.wanted));
ALTER FUNCTION public.hive_keep(wanted text) OWNER TO hive_owner;
CREATE FUNCTION public.hive_standing_keys(wanted text[]) RETURNS SETOF text
    LANGUAGE plpgsql
    AS $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY wanted LOOP
        PERFORM set_config('app.key_id', one, true);
        RETURN QUERY SELECT key_id FROM api_keys WHERE key_id = one AND revoked_at IS NULL;
    END LOOP;
    PERFORM set_config('app.key_id', '', true);
END $$;
ALTER FUNCTION public.hive_standing_keys(wanted text[]) OWNER TO hive_owner;
CREATE FUNCTION public.hive_standing_people(wanted_sessions uuid[], wanted_accounts uuid[], wanted_teams uuid[], moment timestamp with time zone) RETURNS TABLE(place integer)
    LANGUAGE plpgsql
    AS $$
BEGIN
    FOR place IN SELECT generate_subscripts(wanted_sessions, 1) LOOP
        PERFORM set_config('app.account_id', wanted_accounts[place]::text, true);
        IF EXISTS (
            SELECT FROM sessions JOIN members USING (account_id)
             WHERE session_id = wanted_sessions[place] AND account_id = wanted_accounts[place]
               AND members.team_id = wanted_teams[place] AND ended_at IS NULL AND expires_at > moment)
        THEN
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM set_config('app.account_id', '', true);
END $$;
ALTER FUNCTION public.hive_standing_people(wanted_sessions uuid[], wanted_accounts uuid[], wanted_teams uuid[], moment timestamp with time zone) OWNER TO hive_owner;
CREATE FUNCTION public.hive_sum_months() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
ALTER FUNCTION public.hive_sum_months() OWNER TO hive_owner;
CREATE FUNCTION public.hive_sweep() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
ALTER FUNCTION public.hive_sweep() OWNER TO hive_owner;
CREATE FUNCTION public.hive_sweep_batches() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
ALTER FUNCTION public.hive_sweep_batches() OWNER TO hive_owner;
CREATE FUNCTION public.hive_team() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (public.hive_scope('team_id'::text))::uuid;
ALTER FUNCTION public.hive_team() OWNER TO hive_owner;
CREATE FUNCTION public.time_bucket(width interval, moment timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_bin(width, moment, '2000-01-03 00:00:00+00'::timestamp with time zone);
ALTER FUNCTION public.time_bucket(width interval, moment timestamp with time zone) OWNER TO hive_owner;
CREATE TABLE public.accounts (
    account_id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT accounts_email_check CHECK ((email = lower(email)))
);
ALTER TABLE ONLY public.accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE public.accounts OWNER TO hive_owner;
CREATE TABLE public.api_keys (
    team_id uuid NOT NULL,
    key_id text NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);
ALTER TABLE ONLY public.api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE public.api_keys OWNER TO hive_owner;
CREATE TABLE public.audit_heads (
    team_id uuid NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL
);
ALTER TABLE ONLY public.audit_heads FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_heads OWNER TO hive_owner;
CREATE TABLE public.audit_log (
    team_id uuid NOT NULL,
    seq bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    details jsonb NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_log_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT audit_log_seq_check CHECK ((seq > 0))
);
ALTER TABLE ONLY public.audit_log FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_log OWNER TO hive_owner;
CREATE TABLE public.comm_events (
    team_id uuid NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    sdk_instance_id text NOT NULL,
    run_id text,
    span_id text,
    thread_id text NOT NULL,
    from_agent text NOT NULL,
    to_agent text NOT NULL,
    message_type text NOT NULL,
    content_hash bytea,
    body jsonb NOT NULL
)
PARTITION BY RANGE ("timestamp");
ALTER TABLE ONLY public.comm_events FORCE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events OWNER TO hive_owner;
CREATE TABLE public.comm_events_2026_10 (
    team_id uuid CONSTRAINT comm_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT comm_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT comm_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT comm_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT comm_events_sdk_instance_id_not_null NOT NULL,
    run_id text,
    span_id text,
    thread_id text CONSTRAINT comm_events_thread_id_not_null NOT NULL,
    from_agent text CONSTRAINT comm_events_from_agent_not_null NOT NULL,
    to_agent text CONSTRAINT comm_events_to_agent_not_null NOT NULL,
    message_type text CONSTRAINT comm_events_message_type_not_null NOT NULL,
    content_hash bytea,
    body jsonb CONSTRAINT comm_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.comm_events_2026_10 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events_2026_10 OWNER TO hive_owner;
CREATE TABLE public.comm_events_2026_11 (
    team_id uuid CONSTRAINT comm_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT comm_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT comm_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT comm_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT comm_events_sdk_instance_id_not_null NOT NULL,
    run_id text,
    span_id text,
    thread_id text CONSTRAINT comm_events_thread_id_not_null NOT NULL,
    from_agent text CONSTRAINT comm_events_from_agent_not_null NOT NULL,
    to_agent text CONSTRAINT comm_events_to_agent_not_null NOT NULL,
    message_type text CONSTRAINT comm_events_message_type_not_null NOT NULL,
    content_hash bytea,
    body jsonb CONSTRAINT comm_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.comm_events_2026_11 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events_2026_11 OWNER TO hive_owner;
CREATE TABLE public.comm_events_2026_12 (
    team_id uuid CONSTRAINT comm_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT comm_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT comm_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT comm_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT comm_events_sdk_instance_id_not_null NOT NULL,
    run_id text,
    span_id text,
    thread_id text CONSTRAINT comm_events_thread_id_not_null NOT NULL,
    from_agent text CONSTRAINT comm_events_from_agent_not_null NOT NULL,
    to_agent text CONSTRAINT comm_events_to_agent_not_null NOT NULL,
    message_type text CONSTRAINT comm_events_message_type_not_null NOT NULL,
    content_hash bytea,
    body jsonb CONSTRAINT comm_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.comm_events_2026_12 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events_2026_12 OWNER TO hive_owner;
CREATE TABLE public.comm_events_2027_01 (
    team_id uuid CONSTRAINT comm_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT comm_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT comm_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT comm_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT comm_events_sdk_instance_id_not_null NOT NULL,
    run_id text,
    span_id text,
    thread_id text CONSTRAINT comm_events_thread_id_not_null NOT NULL,
    from_agent text CONSTRAINT comm_events_from_agent_not_null NOT NULL,
    to_agent text CONSTRAINT comm_events_to_agent_not_null NOT NULL,
    message_type text CONSTRAINT comm_events_message_type_not_null NOT NULL,
    content_hash bytea,
    body jsonb CONSTRAINT comm_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.comm_events_2027_01 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events_2027_01 OWNER TO hive_owner;
CREATE TABLE public.content (
    team_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    body bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone NOT NULL,
    CONSTRAINT content_sha256_check CHECK ((octet_length(sha256) = 32))
);
ALTER TABLE ONLY public.content FORCE ROW LEVEL SECURITY;
ALTER TABLE public.content OWNER TO hive_owner;
CREATE TABLE public.content_ids (
    team_id uuid NOT NULL,
    content_id text NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.content_ids FORCE ROW LEVEL SECURITY;
ALTER TABLE public.content_ids OWNER TO hive_owner;
CREATE TABLE public.control_events (
    team_id uuid NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    sdk_instance_id text NOT NULL,
    agent_id text NOT NULL,
    run_id text,
    trace_id text NOT NULL,
    span_id text NOT NULL,
    provider text NOT NULL,
    action text NOT NULL,
    budget_id text,
    body jsonb NOT NULL
)
PARTITION BY RANGE ("timestamp");
ALTER TABLE ONLY public.control_events FORCE ROW LEVEL SECURITY;
ALTER TABLE public.control_events OWNER TO hive_owner;
CREATE TABLE public.control_events_2026_10 (
    team_id uuid CONSTRAINT control_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT control_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT control_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT control_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT control_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT control_events_agent_id_not_null NOT NULL,
    run_id text,
    trace_id text CONSTRAINT control_events_trace_id_not_null NOT NULL,
    span_id text CONSTRAINT control_events_span_id_not_null NOT NULL,
    provider text CONSTRAINT control_events_provider_not_null NOT NULL,
    action text CONSTRAINT control_events_action_not_null NOT NULL,
    budget_id text,
    body jsonb CONSTRAINT control_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.control_events_2026_10 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.control_events_2026_10 OWNER TO hive_owner;
CREATE TABLE public.control_events_2026_11 (
    team_id uuid CONSTRAINT control_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT control_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT control_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT control_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT control_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT control_events_agent_id_not_null NOT NULL,
    run_id text,
    trace_id text CONSTRAINT control_events_trace_id_not_null NOT NULL,
    span_id text CONSTRAINT control_events_span_id_not_null NOT NULL,
    provider text CONSTRAINT control_events_provider_not_null NOT NULL,
    action text CONSTRAINT control_events_action_not_null NOT NULL,
    budget_id text,
    body jsonb CONSTRAINT control_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.control_events_2026_11 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.control_events_2026_11 OWNER TO hive_owner;
CREATE TABLE public.control_events_2026_12 (
    team_id uuid CONSTRAINT control_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT control_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT control_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT control_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT control_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT control_events_agent_id_not_null NOT NULL,
    run_id text,
    trace_id text CONSTRAINT control_events_trace_id_not_null NOT NULL,
    span_id text CONSTRAINT control_events_span_id_not_null NOT NULL,
    provider text CONSTRAINT control_events_provider_not_null NOT NULL,
    action text CONSTRAINT control_events_action_not_null NOT NULL,
    budget_id text,
    body jsonb CONSTRAINT control_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.control_events_2026_12 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.control_events_2026_12 OWNER TO hive_owner;
CREATE TABLE public.control_events_2027_01 (
    team_id uuid CONSTRAINT control_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT control_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT control_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT control_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT control_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT control_events_agent_id_not_null NOT NULL,
    run_id text,
    trace_id text CONSTRAINT control_events_trace_id_not_null NOT NULL,
    span_id text CONSTRAINT control_events_span_id_not_null NOT NULL,
    provider text CONSTRAINT control_events_provider_not_null NOT NULL,
    action text CONSTRAINT control_events_action_not_null NOT NULL,
    budget_id text,
    body jsonb CONSTRAINT control_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.control_events_2027_01 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.control_events_2027_01 OWNER TO hive_owner;
CREATE TABLE public.decision_events (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
)
PARTITION BY RANGE ("timestamp");
ALTER TABLE ONLY public.decision_events FORCE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events OWNER TO hive_owner;
CREATE TABLE public.decision_events_2026_10 (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.decision_events_2026_10 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events_2026_10 OWNER TO hive_owner;
CREATE TABLE public.decision_events_2026_11 (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.decision_events_2026_11 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events_2026_11 OWNER TO hive_owner;
CREATE TABLE public.decision_events_2026_12 (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.decision_events_2026_12 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events_2026_12 OWNER TO hive_owner;
CREATE TABLE public.decision_events_2027_01 (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.decision_events_2027_01 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events_2027_01 OWNER TO hive_owner;
CREATE TABLE public.event_batches (
    team_id uuid NOT NULL,
    stream text NOT NULL,
    last_position bigint NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    first_time timestamp with time zone NOT NULL,
    last_time timestamp with time zone NOT NULL,
    event_ids uuid[] NOT NULL,
    CONSTRAINT event_batches_event_ids_check CHECK ((cardinality(event_ids) > 0)),
    CONSTRAINT event_batches_last_position_check CHECK ((last_position > 0))
);
ALTER TABLE ONLY public.event_batches FORCE ROW LEVEL SECURITY;
ALTER TABLE public.event_batches OWNER TO hive_owner;
CREATE TABLE public.failure_packets (
    team_id uuid NOT NULL,
    packet_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id text NOT NULL,
    run_id text NOT NULL,
    node_id text,
    category text NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT failure_packets_category_check CHECK ((category = ANY (ARRAY['infrastructure'::text, 'logic'::text, 'reasoning'::text])))
);
ALTER TABLE ONLY public.failure_packets FORCE ROW LEVEL SECURITY;
ALTER TABLE public.failure_packets OWNER TO hive_owner;
CREATE TABLE public.installation (
    is_only boolean DEFAULT true NOT NULL,
    first_team uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    link_hash bytea NOT NULL,
    link_expires timestamp with time zone NOT NULL,
    link_used_at timestamp with time zone,
    CONSTRAINT installation_is_only_check CHECK (is_only)
);
ALTER TABLE public.installation OWNER TO hive_owner;
CREATE TABLE public.invitations (
    team_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT invitations_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'member'::text, 'admin'::text])))
);
ALTER TABLE ONLY public.invitations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.invitations OWNER TO hive_owner;
CREATE TABLE public.log_events (
    team_id uuid NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    sdk_instance_id text NOT NULL,
    agent_id text NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    level text NOT NULL,
    message text NOT NULL,
    body jsonb NOT NULL
)
PARTITION BY RANGE ("timestamp");
ALTER TABLE ONLY public.log_events FORCE ROW LEVEL SECURITY;
ALTER TABLE public.log_events OWNER TO hive_owner;
CREATE TABLE public.log_events_2026_10 (
    team_id uuid CONSTRAINT log_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT log_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT log_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT log_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT log_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT log_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    level text CONSTRAINT log_events_level_not_null NOT NULL,
    message text CONSTRAINT log_events_message_not_null NOT NULL,
    body jsonb CONSTRAINT log_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.log_events_2026_10 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.log_events_2026_10 OWNER TO hive_owner;
CREATE TABLE public.log_events_2026_11 (
    team_id uuid CONSTRAINT log_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT log_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT log_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT log_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT log_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT log_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    level text CONSTRAINT log_events_level_not_null NOT NULL,
    message text CONSTRAINT log_events_message_not_null NOT NULL,
    body jsonb CONSTRAINT log_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.log_events_2026_11 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.log_events_2026_11 OWNER TO hive_owner;
CREATE TABLE public.log_events_2026_12 (
    team_id uuid CONSTRAINT log_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT log_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT log_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT log_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT log_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT log_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    level text CONSTRAINT log_events_level_not_null NOT NULL,
    message text CONSTRAINT log_events_message_not_null NOT NULL,
    body jsonb CONSTRAINT log_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.log_events_2026_12 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.log_events_2026_12 OWNER TO hive_owner;
CREATE TABLE public.log_events_2027_01 (
    team_id uuid CONSTRAINT log_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT log_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT log_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT log_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT log_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT log_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    level text CONSTRAINT log_events_level_not_null NOT NULL,
    message text CONSTRAINT log_events_message_not_null NOT NULL,
    body jsonb CONSTRAINT log_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.log_events_2027_01 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.log_events_2027_01 OWNER TO hive_owner;
CREATE TABLE public.members (
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    role text NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    CONSTRAINT members_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'member'::text, 'admin'::text])))
);
ALTER TABLE ONLY public.members FORCE ROW LEVEL SECURITY;
ALTER TABLE public.members OWNER TO hive_owner;
CREATE TABLE public.metric_hours (
    team_id uuid NOT NULL,
    bucket timestamp with time zone NOT NULL,
    agent_id text NOT NULL,
    provider text NOT NULL,
    model_id text NOT NULL,
    request_count bigint NOT NULL,
    success_count bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    token_count bigint NOT NULL,
    cost_usd numeric(24,10) NOT NULL,
    unpriced_count bigint NOT NULL,
    latency_ms double precision NOT NULL
);
ALTER TABLE ONLY public.metric_hours FORCE ROW LEVEL SECURITY;
ALTER TABLE public.metric_hours OWNER TO hive_owner;
CREATE VIEW public.metric_days WITH (security_invoker='true') AS
 SELECT team_id,
    date_trunc('day'::text, bucket, 'UTC'::text) AS bucket,
    agent_id,
    provider,
    model_id,
    (sum(request_count))::bigint AS request_count,
    (sum(success_count))::bigint AS success_count,
    (sum(input_tokens))::bigint AS input_tokens,
    (sum(output_tokens))::bigint AS output_tokens,
    (sum(cached_tokens))::bigint AS cached_tokens,
    (sum(token_count))::bigint AS token_count,
    sum(cost_usd) AS cost_usd,
    (sum(unpriced_count))::bigint AS unpriced_count,
    sum(latency_ms) AS latency_ms
   FROM public.metric_hours
  GROUP BY team_id, (date_trunc('day'::text, bucket, 'UTC'::text)), agent_id, provider, model_id;
ALTER VIEW public.metric_days OWNER TO hive_owner;
CREATE TABLE public.metric_events (
    team_id uuid NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    sdk_instance_id text NOT NULL,
    agent_id text NOT NULL,
    run_id text,
    node_id text,
    trace_id text NOT NULL,
    span_id text NOT NULL,
    provider text NOT NULL,
    model_id text NOT NULL,
    status text NOT NULL,
    latency_ms double precision NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    token_count bigint NOT NULL,
    cost_usd numeric(20,10) NOT NULL,
    cost_source text NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT metric_events_cost_source_check CHECK ((cost_source = ANY (ARRAY['reported'::text, 'priced'::text, 'unknown'::text]))),
    CONSTRAINT metric_events_status_check CHECK ((status = ANY (ARRAY['success'::text, 'error'::text])))
)
PARTITION BY RANGE ("timestamp");
ALTER TABLE ONLY public.metric_events FORCE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events OWNER TO hive_owner;
CREATE TABLE public.metric_events_2026_10 (
    team_id uuid CONSTRAINT metric_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT metric_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT metric_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT metric_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT metric_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT metric_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text CONSTRAINT metric_events_trace_id_not_null NOT NULL,
    span_id text CONSTRAINT metric_events_span_id_not_null NOT NULL,
    provider text CONSTRAINT metric_events_provider_not_null NOT NULL,
    model_id text CONSTRAINT metric_events_model_id_not_null NOT NULL,
    status text CONSTRAINT metric_events_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT metric_events_latency_ms_not_null NOT NULL,
    input_tokens bigint CONSTRAINT metric_events_input_tokens_not_null NOT NULL,
    output_tokens bigint CONSTRAINT metric_events_output_tokens_not_null NOT NULL,
    cached_tokens bigint CONSTRAINT metric_events_cached_tokens_not_null NOT NULL,
    reasoning_tokens bigint CONSTRAINT metric_events_reasoning_tokens_not_null NOT NULL,
    token_count bigint CONSTRAINT metric_events_token_count_not_null NOT NULL,
    cost_usd numeric(20,10) CONSTRAINT metric_events_cost_usd_not_null NOT NULL,
    cost_source text CONSTRAINT metric_events_cost_source_not_null NOT NULL,
    body jsonb CONSTRAINT metric_events_body_not_null NOT NULL,
    CONSTRAINT metric_events_cost_source_check CHECK ((cost_source = ANY (ARRAY['reported'::text, 'priced'::text, 'unknown'::text]))),
    CONSTRAINT metric_events_status_check CHECK ((status = ANY (ARRAY['success'::text, 'error'::text])))
);
ALTER TABLE ONLY public.metric_events_2026_10 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events_2026_10 OWNER TO hive_owner;
CREATE TABLE public.metric_events_2026_11 (
    team_id uuid CONSTRAINT metric_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT metric_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT metric_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT metric_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT metric_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT metric_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text CONSTRAINT metric_events_trace_id_not_null NOT NULL,
    span_id text CONSTRAINT metric_events_span_id_not_null NOT NULL,
    provider text CONSTRAINT metric_events_provider_not_null NOT NULL,
    model_id text CONSTRAINT metric_events_model_id_not_null NOT NULL,
    status text CONSTRAINT metric_events_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT metric_events_latency_ms_not_null NOT NULL,
    input_tokens bigint CONSTRAINT metric_events_input_tokens_not_null NOT NULL,
    output_tokens bigint CONSTRAINT metric_events_output_tokens_not_null NOT NULL,
    cached_tokens bigint CONSTRAINT metric_events_cached_tokens_not_null NOT NULL,
    reasoning_tokens bigint CONSTRAINT metric_events_reasoning_tokens_not_null NOT NULL,
    token_count bigint CONSTRAINT metric_events_token_count_not_null NOT NULL,
    cost_usd numeric(20,10) CONSTRAINT metric_events_cost_usd_not_null NOT NULL,
    cost_source text CONSTRAINT metric_events_cost_source_not_null NOT NULL,
    body jsonb CONSTRAINT metric_events_body_not_null NOT NULL,
    CONSTRAINT metric_events_cost_source_check CHECK ((cost_source = ANY (ARRAY['reported'::text, 'priced'::text, 'unknown'::text]))),
    CONSTRAINT metric_events_status_check CHECK ((status = ANY (ARRAY['success'::text, 'error'::text])))
);
ALTER TABLE ONLY public.metric_events_2026_11 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events_2026_11 OWNER TO hive_owner;
CREATE TABLE public.metric_events_2026_12 (
    team_id uuid CONSTRAINT metric_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT metric_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT metric_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT metric_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT metric_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT metric_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text CONSTRAINT metric_events_trace_id_not_null NOT NULL,
    span_id text CONSTRAINT metric_events_span_id_not_null NOT NULL,
    provider text CONSTRAINT metric_events_provider_not_null NOT NULL,
    model_id text CONSTRAINT metric_events_model_id_not_null NOT NULL,
    status text CONSTRAINT metric_events_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT metric_events_latency_ms_not_null NOT NULL,
    input_tokens bigint CONSTRAINT metric_events_input_tokens_not_null NOT NULL,
    output_tokens bigint CONSTRAINT metric_events_output_tokens_not_null NOT NULL,
    cached_tokens bigint CONSTRAINT metric_events_cached_tokens_not_null NOT NULL,
    reasoning_tokens bigint CONSTRAINT metric_events_reasoning_tokens_not_null NOT NULL,
    token_count bigint CONSTRAINT metric_events_token_count_not_null NOT NULL,
    cost_usd numeric(20,10) CONSTRAINT metric_events_cost_usd_not_null NOT NULL,
    cost_source text CONSTRAINT metric_events_cost_source_not_null NOT NULL,
    body jsonb CONSTRAINT metric_events_body_not_null NOT NULL,
    CONSTRAINT metric_events_cost_source_check CHECK ((cost_source = ANY (ARRAY['reported'::text, 'priced'::text, 'unknown'::text]))),
    CONSTRAINT metric_events_status_check CHECK ((status = ANY (ARRAY['success'::text, 'error'::text])))
);
ALTER TABLE ONLY public.metric_events_2026_12 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events_2026_12 OWNER TO hive_owner;
CREATE TABLE public.metric_events_2027_01 (
    team_id uuid CONSTRAINT metric_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT metric_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT metric_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT metric_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT metric_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT metric_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text CONSTRAINT metric_events_trace_id_not_null NOT NULL,
    span_id text CONSTRAINT metric_events_span_id_not_null NOT NULL,
    provider text CONSTRAINT metric_events_provider_not_null NOT NULL,
    model_id text CONSTRAINT metric_events_model_id_not_null NOT NULL,
    status text CONSTRAINT metric_events_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT metric_events_latency_ms_not_null NOT NULL,
    input_tokens bigint CONSTRAINT metric_events_input_tokens_not_null NOT NULL,
    output_tokens bigint CONSTRAINT metric_events_output_tokens_not_null NOT NULL,
    cached_tokens bigint CONSTRAINT metric_events_cached_tokens_not_null NOT NULL,
    reasoning_tokens bigint CONSTRAINT metric_events_reasoning_tokens_not_null NOT NULL,
    token_count bigint CONSTRAINT metric_events_token_count_not_null NOT NULL,
    cost_usd numeric(20,10) CONSTRAINT metric_events_cost_usd_not_null NOT NULL,
    cost_source text CONSTRAINT metric_events_cost_source_not_null NOT NULL,
    body jsonb CONSTRAINT metric_events_body_not_null NOT NULL,
    CONSTRAINT metric_events_cost_source_check CHECK ((cost_source = ANY (ARRAY['reported'::text, 'priced'::text, 'unknown'::text]))),
    CONSTRAINT metric_events_status_check CHECK ((status = ANY (ARRAY['success'::text, 'error'::text])))
);
ALTER TABLE ONLY public.metric_events_2027_01 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events_2027_01 OWNER TO hive_owner;
CREATE TABLE public.metric_months (
    team_id uuid NOT NULL,
    month timestamp with time zone NOT NULL,
    provider text NOT NULL,
    model_id text NOT NULL,
    cost_usd numeric(24,10) NOT NULL,
    last_bucket timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.metric_months FORCE ROW LEVEL SECURITY;
ALTER TABLE public.metric_months OWNER TO hive_owner;
CREATE TABLE public.passwords (
    account_id uuid NOT NULL,
    hash text NOT NULL,
    changed_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.passwords FORCE ROW LEVEL SECURITY;
ALTER TABLE public.passwords OWNER TO hive_owner;
CREATE TABLE public.policies (
    team_id uuid NOT NULL,
    policy_id text NOT NULL,
    version text NOT NULL,
    document jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL
);
ALTER TABLE ONLY public.policies FORCE ROW LEVEL SECURITY;
ALTER TABLE public.policies OWNER TO hive_owner;
CREATE TABLE public.quarantine (
    team_id uuid NOT NULL,
    quarantine_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    sdk_instance_id text,
    reason text NOT NULL,
    raw bytea NOT NULL
);
ALTER TABLE ONLY public.quarantine FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quarantine OWNER TO hive_owner;
CREATE TABLE public.refresh_tokens (
    session_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT refresh_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32))
);
ALTER TABLE ONLY public.refresh_tokens FORCE ROW LEVEL SECURITY;
ALTER TABLE public.refresh_tokens OWNER TO hive_owner;
CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE public.schema_migrations OWNER TO hive_owner;
CREATE TABLE public.sessions (
    session_id uuid NOT NULL,
    account_id uuid NOT NULL,
    open_team uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    end_reason text,
    CONSTRAINT sessions_end_reason_check CHECK ((end_reason = ANY (ARRAY['logout'::text, 'reuse'::text, 'password'::text])))
);
ALTER TABLE ONLY public.sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.sessions OWNER TO hive_owner;
CREATE TABLE public.teams (
    team_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.teams FORCE ROW LEVEL SECURITY;
ALTER TABLE public.teams OWNER TO hive_owner;
CREATE TABLE public.trace_events (
    team_id uuid NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    sdk_instance_id text NOT NULL,
    agent_id text NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text NOT NULL,
    body jsonb NOT NULL
)
PARTITION BY RANGE ("timestamp");
ALTER TABLE ONLY public.trace_events FORCE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events OWNER TO hive_owner;
CREATE TABLE public.trace_events_2026_10 (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.trace_events_2026_10 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events_2026_10 OWNER TO hive_owner;
CREATE TABLE public.trace_events_2026_11 (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.trace_events_2026_11 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events_2026_11 OWNER TO hive_owner;
CREATE TABLE public.trace_events_2026_12 (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.trace_events_2026_12 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events_2026_12 OWNER TO hive_owner;
CREATE TABLE public.trace_events_2027_01 (
    team_id uuid CONSTRAINT trace_events_team_id_not_null NOT NULL,
    "timestamp" timestamp with time zone CONSTRAINT trace_events_timestamp_not_null NOT NULL,
    event_id uuid CONSTRAINT trace_events_event_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT trace_events_received_at_not_null NOT NULL,
    sdk_instance_id text CONSTRAINT trace_events_sdk_instance_id_not_null NOT NULL,
    agent_id text CONSTRAINT trace_events_agent_id_not_null NOT NULL,
    run_id text,
    node_id text,
    trace_id text,
    span_id text,
    kind text CONSTRAINT trace_events_kind_not_null NOT NULL,
    body jsonb CONSTRAINT trace_events_body_not_null NOT NULL
);
ALTER TABLE ONLY public.trace_events_2027_01 FORCE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events_2027_01 OWNER TO hive_owner;
ALTER TABLE ONLY public.comm_events ATTACH PARTITION public.comm_events_2026_10 FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');
ALTER TABLE ONLY public.comm_events ATTACH PARTITION public.comm_events_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
ALTER TABLE ONLY public.comm_events ATTACH PARTITION public.comm_events_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
ALTER TABLE ONLY public.comm_events ATTACH PARTITION public.comm_events_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');
ALTER TABLE ONLY public.control_events ATTACH PARTITION public.control_events_2026_10 FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');
ALTER TABLE ONLY public.control_events ATTACH PARTITION public.control_events_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
ALTER TABLE ONLY public.control_events ATTACH PARTITION public.control_events_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
ALTER TABLE ONLY public.control_events ATTACH PARTITION public.control_events_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');
ALTER TABLE ONLY public.decision_events ATTACH PARTITION public.decision_events_2026_10 FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');
ALTER TABLE ONLY public.decision_events ATTACH PARTITION public.decision_events_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
ALTER TABLE ONLY public.decision_events ATTACH PARTITION public.decision_events_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
ALTER TABLE ONLY public.decision_events ATTACH PARTITION public.decision_events_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');
ALTER TABLE ONLY public.log_events ATTACH PARTITION public.log_events_2026_10 FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');
ALTER TABLE ONLY public.log_events ATTACH PARTITION public.log_events_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
ALTER TABLE ONLY public.log_events ATTACH PARTITION public.log_events_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
ALTER TABLE ONLY public.log_events ATTACH PARTITION public.log_events_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');
ALTER TABLE ONLY public.metric_events ATTACH PARTITION public.metric_events_2026_10 FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');
ALTER TABLE ONLY public.metric_events ATTACH PARTITION public.metric_events_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
ALTER TABLE ONLY public.metric_events ATTACH PARTITION public.metric_events_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
ALTER TABLE ONLY public.metric_events ATTACH PARTITION public.metric_events_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');
ALTER TABLE ONLY public.trace_events ATTACH PARTITION public.trace_events_2026_10 FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');
ALTER TABLE ONLY public.trace_events ATTACH PARTITION public.trace_events_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
ALTER TABLE ONLY public.trace_events ATTACH PARTITION public.trace_events_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
ALTER TABLE ONLY public.trace_events ATTACH PARTITION public.trace_events_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');
INSERT INTO public.accounts VALUES ('cea5d51e-d347-4883-9241-00183c3db934', 'cea5d51e-d347-4883-9241-00183c3db934@example.org', 'x', '2026-11-21 14:30:37.525848+00');
INSERT INTO public.accounts VALUES ('9b99f44c-5bdf-428f-9cb0-3a2a9fc79857', '9b99f44c-5bdf-428f-9cb0-3a2a9fc79857@example.org', 'x', '2026-11-21 14:30:37.62459+00');
INSERT INTO public.accounts VALUES ('4f19fcdf-14c9-4b7d-8dce-dddb2a22308f', '4f19fcdf-14c9-4b7d-8dce-dddb2a22308f@example.org', 'x', '2026-11-21 14:30:37.701869+00');
INSERT INTO public.api_keys VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', 'key_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'name of b20aed5f-1c4e-4655-bac3-8d71d145a885', '\x0000000000000000000000000000000000000000000000000000000000000000', '{sdk:ingest}', 'cea5d51e-d347-4883-9241-00183c3db934', '2026-11-21 14:30:37.525848+00', '2026-11-21 14:30:37.525848+00', '2026-11-21 14:30:37.525848+00');
INSERT INTO public.api_keys VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', 'key_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'name of c90de256-07c7-44f9-9c80-225bdd84ba8a', '\x0000000000000000000000000000000000000000000000000000000000000000', '{sdk:ingest}', '9b99f44c-5bdf-428f-9cb0-3a2a9fc79857', '2026-11-21 14:30:37.62459+00', '2026-11-21 14:30:37.62459+00', '2026-11-21 14:30:37.62459+00');
INSERT INTO public.api_keys VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', 'key_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'name of f9842051-f414-4a3f-ad09-fc47dffe6665', '\x0000000000000000000000000000000000000000000000000000000000000000', '{sdk:ingest}', '4f19fcdf-14c9-4b7d-8dce-dddb2a22308f', '2026-11-21 14:30:37.701869+00', '2026-11-21 14:30:37.701869+00', '2026-11-21 14:30:37.701869+00');
INSERT INTO public.audit_heads VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', 1, '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_heads VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', 1, '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_heads VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', 1, '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_log VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', 1, '2026-11-21 14:30:37.525848+00', 'actor of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'action of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'subject of b20aed5f-1c4e-4655-bac3-8d71d145a885', '"b20aed5f-1c4e-4655-bac3-8d71d145a885"', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_log VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', 1, '2026-11-21 14:30:37.62459+00', 'actor of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'action of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'subject of c90de256-07c7-44f9-9c80-225bdd84ba8a', '"c90de256-07c7-44f9-9c80-225bdd84ba8a"', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_log VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', 1, '2026-11-21 14:30:37.701869+00', 'actor of f9842051-f414-4a3f-ad09-fc47dffe6665', 'action of f9842051-f414-4a3f-ad09-fc47dffe6665', 'subject of f9842051-f414-4a3f-ad09-fc47dffe6665', '"f9842051-f414-4a3f-ad09-fc47dffe6665"', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.comm_events_2026_11 VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00', '3f696456-2158-4d44-be85-5b4bce7b4155', '2026-11-21 14:30:37.525848+00', 'sdk_instance_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'run_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'span_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'thread_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'from_agent of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'to_agent of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'message_type of b20aed5f-1c4e-4655-bac3-8d71d145a885', '\x0000000000000000000000000000000000000000000000000000000000000000', '"b20aed5f-1c4e-4655-bac3-8d71d145a885"');
INSERT INTO public.comm_events_2026_11 VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00', '3160bd9b-ea50-4364-ace7-ec2039688f22', '2026-11-21 14:30:37.62459+00', 'sdk_instance_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'run_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'span_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'thread_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'from_agent of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'to_agent of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'message_type of c90de256-07c7-44f9-9c80-225bdd84ba8a', '\x0000000000000000000000000000000000000000000000000000000000000000', '"c90de256-07c7-44f9-9c80-225bdd84ba8a"');
INSERT INTO public.comm_events_2026_11 VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00', '8d9e00af-d207-43c5-b78c-1eb2ac832bd8', '2026-11-21 14:30:37.701869+00', 'sdk_instance_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'run_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'span_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'thread_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'from_agent of f9842051-f414-4a3f-ad09-fc47dffe6665', 'to_agent of f9842051-f414-4a3f-ad09-fc47dffe6665', 'message_type of f9842051-f414-4a3f-ad09-fc47dffe6665', '\x0000000000000000000000000000000000000000000000000000000000000000', '"f9842051-f414-4a3f-ad09-fc47dffe6665"');
INSERT INTO public.content VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 14:30:37.525848+00', '2026-11-21 14:30:37.525848+00');
INSERT INTO public.content VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 14:30:37.62459+00', '2026-11-21 14:30:37.62459+00');
INSERT INTO public.content VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 14:30:37.701869+00', '2026-11-21 14:30:37.701869+00');
INSERT INTO public.content_ids VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', 'content_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 14:30:37.525848+00');
INSERT INTO public.content_ids VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', 'content_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 14:30:37.62459+00');
INSERT INTO public.content_ids VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', 'content_id of f9842051-f414-4a3f-ad09-fc47dffe6665', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 14:30:37.701869+00');
INSERT INTO public.control_events_2026_11 VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00', 'd6c09e35-f947-4525-a6b0-3de6ed9760d6', '2026-11-21 14:30:37.525848+00', 'sdk_instance_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'agent_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'run_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'trace_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'span_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'provider of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'action of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'budget_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', '"b20aed5f-1c4e-4655-bac3-8d71d145a885"');
INSERT INTO public.control_events_2026_11 VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00', '9ffea8cc-a865-4717-8f7e-35b6208c5d5e', '2026-11-21 14:30:37.62459+00', 'sdk_instance_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'agent_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'run_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'trace_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'span_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'provider of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'action of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'budget_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', '"c90de256-07c7-44f9-9c80-225bdd84ba8a"');
INSERT INTO public.control_events_2026_11 VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00', '17bae947-0c66-4033-84cf-f9a2d93e3331', '2026-11-21 14:30:37.701869+00', 'sdk_instance_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'agent_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'run_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'trace_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'span_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'provider of f9842051-f414-4a3f-ad09-fc47dffe6665', 'action of f9842051-f414-4a3f-ad09-fc47dffe6665', 'budget_id of f9842051-f414-4a3f-ad09-fc47dffe6665', '"f9842051-f414-4a3f-ad09-fc47dffe6665"');
INSERT INTO public.decision_events_2026_11 VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00', 'bb9fd587-d446-4454-9bc5-d7a03260eb76', '2026-11-21 14:30:37.525848+00', 'sdk_instance_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'agent_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'run_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'node_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'trace_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'span_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'kind of b20aed5f-1c4e-4655-bac3-8d71d145a885', '"b20aed5f-1c4e-4655-bac3-8d71d145a885"');
INSERT INTO public.decision_events_2026_11 VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00', '13e229b6-d3cf-4a6e-89c1-7677e0c9be72', '2026-11-21 14:30:37.62459+00', 'sdk_instance_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'agent_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'run_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'node_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'trace_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'span_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'kind of c90de256-07c7-44f9-9c80-225bdd84ba8a', '"c90de256-07c7-44f9-9c80-225bdd84ba8a"');
INSERT INTO public.decision_events_2026_11 VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00', 'ba8ae440-77e0-463a-b61c-2de5c3d2da52', '2026-11-21 14:30:37.701869+00', 'sdk_instance_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'agent_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'run_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'node_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'trace_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'span_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'kind of f9842051-f414-4a3f-ad09-fc47dffe6665', '"f9842051-f414-4a3f-ad09-fc47dffe6665"');
INSERT INTO public.event_batches VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', 'stream of b20aed5f-1c4e-4655-bac3-8d71d145a885', 1, '2026-11-21 14:30:37.525848+00', '2026-11-21 14:30:37.525848+00', '2026-11-21 14:30:37.525848+00', '{9e7f6388-45e3-4411-8295-50ed36e9bc24}');
INSERT INTO public.event_batches VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', 'stream of c90de256-07c7-44f9-9c80-225bdd84ba8a', 1, '2026-11-21 14:30:37.62459+00', '2026-11-21 14:30:37.62459+00', '2026-11-21 14:30:37.62459+00', '{3292edca-02d5-4f02-9594-5175cd30d48e}');
INSERT INTO public.event_batches VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', 'stream of f9842051-f414-4a3f-ad09-fc47dffe6665', 1, '2026-11-21 14:30:37.701869+00', '2026-11-21 14:30:37.701869+00', '2026-11-21 14:30:37.701869+00', '{0dd9833e-f290-4ec0-bc8e-4fac238f5cc1}');
INSERT INTO public.failure_packets VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '55f69e2f-a8eb-4a8c-ac9b-083711a44a5e', '2026-11-21 14:30:37.525848+00', 'agent_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'run_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'node_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'logic', 1, '"b20aed5f-1c4e-4655-bac3-8d71d145a885"');
INSERT INTO public.failure_packets VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', 'e0f3f05c-c841-4ae2-9b53-668cf6e18865', '2026-11-21 14:30:37.62459+00', 'agent_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'run_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'node_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'logic', 1, '"c90de256-07c7-44f9-9c80-225bdd84ba8a"');
INSERT INTO public.failure_packets VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '50d7ccb4-d5be-4e69-a391-b77a507f502c', '2026-11-21 14:30:37.701869+00', 'agent_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'run_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'node_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'logic', 1, '"f9842051-f414-4a3f-ad09-fc47dffe6665"');
INSERT INTO public.invitations VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '\x0000000000000000000000000000000000000000000000000000000000000000', 'email of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'viewer', '2026-11-21 14:30:37.525848+00', '2026-11-21 14:30:37.525848+00', '2026-11-21 14:30:37.525848+00');
INSERT INTO public.invitations VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '\x0000000000000000000000000000000000000000000000000000000000000000', 'email of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'viewer', '2026-11-21 14:30:37.62459+00', '2026-11-21 14:30:37.62459+00', '2026-11-21 14:30:37.62459+00');
INSERT INTO public.invitations VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '\x0000000000000000000000000000000000000000000000000000000000000000', 'email of f9842051-f414-4a3f-ad09-fc47dffe6665', 'viewer', '2026-11-21 14:30:37.701869+00', '2026-11-21 14:30:37.701869+00', '2026-11-21 14:30:37.701869+00');
INSERT INTO public.log_events_2026_11 VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00', '1042fd4d-c071-4ed7-8655-09449c092a0c', '2026-11-21 14:30:37.525848+00', 'sdk_instance_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'agent_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'run_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'node_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'trace_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'level of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'message of b20aed5f-1c4e-4655-bac3-8d71d145a885', '"b20aed5f-1c4e-4655-bac3-8d71d145a885"');
INSERT INTO public.log_events_2026_11 VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00', '7432097d-9a21-4cba-a109-e8d8f554f298', '2026-11-21 14:30:37.62459+00', 'sdk_instance_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'agent_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'run_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'node_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'trace_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'level of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'message of c90de256-07c7-44f9-9c80-225bdd84ba8a', '"c90de256-07c7-44f9-9c80-225bdd84ba8a"');
INSERT INTO public.log_events_2026_11 VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00', 'f11ceb3f-2fff-4aca-8485-d9b7662b40f3', '2026-11-21 14:30:37.701869+00', 'sdk_instance_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'agent_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'run_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'node_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'trace_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'level of f9842051-f414-4a3f-ad09-fc47dffe6665', 'message of f9842051-f414-4a3f-ad09-fc47dffe6665', '"f9842051-f414-4a3f-ad09-fc47dffe6665"');
INSERT INTO public.members VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', 'cea5d51e-d347-4883-9241-00183c3db934', 'viewer', '2026-11-21 14:30:37.525848+00');
INSERT INTO public.members VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '9b99f44c-5bdf-428f-9cb0-3a2a9fc79857', 'viewer', '2026-11-21 14:30:37.62459+00');
INSERT INTO public.members VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '4f19fcdf-14c9-4b7d-8dce-dddb2a22308f', 'viewer', '2026-11-21 14:30:37.701869+00');
INSERT INTO public.metric_events_2026_11 VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00', '87b7e13e-5547-4c00-8102-0716ec422983', '2026-11-21 14:30:37.525848+00', 'sdk_instance_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'agent_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'run_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'node_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'trace_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'span_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'provider of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'model_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"b20aed5f-1c4e-4655-bac3-8d71d145a885"');
INSERT INTO public.metric_events_2026_11 VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00', '05ec3d86-6386-4afd-a183-2371353d14f2', '2026-11-21 14:30:37.62459+00', 'sdk_instance_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'agent_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'run_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'node_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'trace_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'span_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'provider of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'model_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"c90de256-07c7-44f9-9c80-225bdd84ba8a"');
INSERT INTO public.metric_events_2026_11 VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00', 'e5abb4fc-2b87-4162-ae45-092d24fc0257', '2026-11-21 14:30:37.701869+00', 'sdk_instance_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'agent_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'run_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'node_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'trace_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'span_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'provider of f9842051-f414-4a3f-ad09-fc47dffe6665', 'model_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"f9842051-f414-4a3f-ad09-fc47dffe6665"');
INSERT INTO public.metric_hours VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00', 'agent_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'provider of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'model_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.metric_hours VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00', 'agent_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'provider of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'model_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.metric_hours VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00', 'agent_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'provider of f9842051-f414-4a3f-ad09-fc47dffe6665', 'model_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.metric_months VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-01 00:00:00+00', 'provider of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'model_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 1.0000000000, '2026-11-21 14:30:37.525848+00');
INSERT INTO public.metric_months VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00', 'provider of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'model_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 1.0000000000, '2026-11-21 14:30:37.525848+00');
INSERT INTO public.metric_months VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-01 00:00:00+00', 'provider of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'model_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 1.0000000000, '2026-11-21 14:30:37.62459+00');
INSERT INTO public.metric_months VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00', 'provider of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'model_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 1.0000000000, '2026-11-21 14:30:37.62459+00');
INSERT INTO public.metric_months VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-01 00:00:00+00', 'provider of f9842051-f414-4a3f-ad09-fc47dffe6665', 'model_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 1.0000000000, '2026-11-21 14:30:37.701869+00');
INSERT INTO public.metric_months VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00', 'provider of f9842051-f414-4a3f-ad09-fc47dffe6665', 'model_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 1.0000000000, '2026-11-21 14:30:37.701869+00');
INSERT INTO public.policies VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', 'policy_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'version of b20aed5f-1c4e-4655-bac3-8d71d145a885', '"b20aed5f-1c4e-4655-bac3-8d71d145a885"', '2026-11-21 14:30:37.525848+00', '2026-11-21 14:30:37.525848+00', 'updated_by of b20aed5f-1c4e-4655-bac3-8d71d145a885');
INSERT INTO public.policies VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', 'policy_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'version of c90de256-07c7-44f9-9c80-225bdd84ba8a', '"c90de256-07c7-44f9-9c80-225bdd84ba8a"', '2026-11-21 14:30:37.62459+00', '2026-11-21 14:30:37.62459+00', 'updated_by of c90de256-07c7-44f9-9c80-225bdd84ba8a');
INSERT INTO public.policies VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', 'policy_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'version of f9842051-f414-4a3f-ad09-fc47dffe6665', '"f9842051-f414-4a3f-ad09-fc47dffe6665"', '2026-11-21 14:30:37.701869+00', '2026-11-21 14:30:37.701869+00', 'updated_by of f9842051-f414-4a3f-ad09-fc47dffe6665');
INSERT INTO public.quarantine VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '96d4f6d0-d5a9-47e1-8c3f-4e9275797861', '2026-11-21 14:30:37.525848+00', 'sdk_instance_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'reason of b20aed5f-1c4e-4655-bac3-8d71d145a885', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.quarantine VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '69ab9008-42d2-4b23-affb-ae3a36b7944e', '2026-11-21 14:30:37.62459+00', 'sdk_instance_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'reason of c90de256-07c7-44f9-9c80-225bdd84ba8a', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.quarantine VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', 'c36a4d2d-7938-4fef-ab5c-9095bfba51da', '2026-11-21 14:30:37.701869+00', 'sdk_instance_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'reason of f9842051-f414-4a3f-ad09-fc47dffe6665', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.retention VALUES ('events', '400 days');
INSERT INTO public.retention VALUES ('content', '440 days');
INSERT INTO public.retention VALUES ('quarantine', '30 days');
INSERT INTO public.schema_migrations VALUES (1, '0001_tenancy', '\x4171e5e5d28683465a9d772ba92c564bd68c94120f7b6ae0c4fdfd8b30308a22', '2026-11-21 14:30:37.045324+00');
INSERT INTO public.schema_migrations VALUES (2, '0002_events', '\x1739e77466be268526a0121cf901e2c444c1ad8808a45edfbc18f5838c1daa32', '2026-11-21 14:30:37.29787+00');
INSERT INTO public.schema_migrations VALUES (3, '0003_event_ids', '\x6506449f54457be9cfb3f6be2e97a2cb5827fbaec6cef6990520f58180eea4b4', '2026-11-21 14:30:37.322021+00');
INSERT INTO public.schema_migrations VALUES (4, '0004_retention', '\xb2573186adbca7b0c1b4c46902529e650e0088a6b3ad529071d10e90edd807bb', '2026-11-21 14:30:37.333991+00');
INSERT INTO public.schema_migrations VALUES (5, '0005_event_batches', '\xb928170df4bdaf93b7a80ee9cd6a2fc0a5b89d8d0c9c3531ac2c9029e0e8c0ea', '2026-11-21 14:30:37.345968+00');
INSERT INTO public.schema_migrations VALUES (6, '0006_standing', '\x19925267f530f6eb6b61e65210d9f43f955eeced7164b691e18c4bab08de1f3d', '2026-11-21 14:30:37.347006+00');
INSERT INTO public.schema_migrations VALUES (8, '0008_sums_and_sweeps', '\x3466a4c351c33bd8647f37fd632aeb8501d78d41d618f473dbec6d882bdf9e81', '2026-11-21 14:30:37.358811+00');
INSERT INTO public.teams VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', 'name of b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00');
INSERT INTO public.teams VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', 'name of c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00');
INSERT INTO public.teams VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', 'name of f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00');
INSERT INTO public.trace_events_2026_11 VALUES ('b20aed5f-1c4e-4655-bac3-8d71d145a885', '2026-11-21 14:30:37.525848+00', 'b03d63f6-c781-4d9e-af21-efab97cdc211', '2026-11-21 14:30:37.525848+00', 'sdk_instance_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'agent_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'run_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'node_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'trace_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'span_id of b20aed5f-1c4e-4655-bac3-8d71d145a885', 'kind of b20aed5f-1c4e-4655-bac3-8d71d145a885', '"b20aed5f-1c4e-4655-bac3-8d71d145a885"');
INSERT INTO public.trace_events_2026_11 VALUES ('c90de256-07c7-44f9-9c80-225bdd84ba8a', '2026-11-21 14:30:37.62459+00', 'ebc182d1-4877-487a-9dd0-615743e74a0a', '2026-11-21 14:30:37.62459+00', 'sdk_instance_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'agent_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'run_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'node_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'trace_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'span_id of c90de256-07c7-44f9-9c80-225bdd84ba8a', 'kind of c90de256-07c7-44f9-9c80-225bdd84ba8a', '"c90de256-07c7-44f9-9c80-225bdd84ba8a"');
INSERT INTO public.trace_events_2026_11 VALUES ('f9842051-f414-4a3f-ad09-fc47dffe6665', '2026-11-21 14:30:37.701869+00', '2cddfd4b-8c40-4887-8ed9-ddf6bfd2e9c8', '2026-11-21 14:30:37.701869+00', 'sdk_instance_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'agent_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'run_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'node_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'trace_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'span_id of f9842051-f414-4a3f-ad09-fc47dffe6665', 'kind of f9842051-f414-4a3f-ad09-fc47dffe6665', '"f9842051-f414-4a3f-ad09-fc47dffe6665"');
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_email_key UNIQUE (email);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_key_id_key UNIQUE (key_id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (team_id, key_id);
ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT audit_heads_pkey PRIMARY KEY (team_id);
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (team_id, seq);
ALTER TABLE ONLY public.comm_events
    ADD CONSTRAINT comm_events_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.comm_events_2026_10
    ADD CONSTRAINT comm_events_2026_10_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.comm_events_2026_11
    ADD CONSTRAINT comm_events_2026_11_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.comm_events_2026_12
    ADD CONSTRAINT comm_events_2026_12_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.comm_events_2027_01
    ADD CONSTRAINT comm_events_2027_01_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.content_ids
    ADD CONSTRAINT content_ids_pkey PRIMARY KEY (team_id, content_id);
ALTER TABLE ONLY public.content
    ADD CONSTRAINT content_pkey PRIMARY KEY (team_id, sha256);
ALTER TABLE ONLY public.control_events
    ADD CONSTRAINT control_events_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.control_events_2026_10
    ADD CONSTRAINT control_events_2026_10_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.control_events_2026_11
    ADD CONSTRAINT control_events_2026_11_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.control_events_2026_12
    ADD CONSTRAINT control_events_2026_12_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.control_events_2027_01
    ADD CONSTRAINT control_events_2027_01_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.decision_events
    ADD CONSTRAINT decision_events_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.decision_events_2026_10
    ADD CONSTRAINT decision_events_2026_10_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.decision_events_2026_11
    ADD CONSTRAINT decision_events_2026_11_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.decision_events_2026_12
    ADD CONSTRAINT decision_events_2026_12_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.decision_events_2027_01
    ADD CONSTRAINT decision_events_2027_01_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.event_batches
    ADD CONSTRAINT event_batches_pkey PRIMARY KEY (team_id, stream, last_position);
ALTER TABLE ONLY public.failure_packets
    ADD CONSTRAINT failure_packets_pkey PRIMARY KEY (team_id, packet_id);
ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (is_only);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (team_id, token_hash);
ALTER TABLE ONLY public.log_events
    ADD CONSTRAINT log_events_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.log_events_2026_10
    ADD CONSTRAINT log_events_2026_10_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.log_events_2026_11
    ADD CONSTRAINT log_events_2026_11_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.log_events_2026_12
    ADD CONSTRAINT log_events_2026_12_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.log_events_2027_01
    ADD CONSTRAINT log_events_2027_01_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (team_id, account_id);
ALTER TABLE ONLY public.metric_events
    ADD CONSTRAINT metric_events_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.metric_events_2026_10
    ADD CONSTRAINT metric_events_2026_10_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.metric_events_2026_11
    ADD CONSTRAINT metric_events_2026_11_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.metric_events_2026_12
    ADD CONSTRAINT metric_events_2026_12_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.metric_events_2027_01
    ADD CONSTRAINT metric_events_2027_01_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.metric_hours
    ADD CONSTRAINT metric_hours_pkey PRIMARY KEY (team_id, bucket, agent_id, provider, model_id);
ALTER TABLE ONLY public.metric_months
    ADD CONSTRAINT metric_months_pkey PRIMARY KEY (team_id, month, provider, model_id);
ALTER TABLE ONLY public.passwords
    ADD CONSTRAINT passwords_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.policies
    ADD CONSTRAINT policies_pkey PRIMARY KEY (team_id, policy_id);
ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (team_id, quarantine_id);
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (session_id, token_hash);
ALTER TABLE ONLY public.retention
    ADD CONSTRAINT retention_pkey PRIMARY KEY (kind);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (session_id);
ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (team_id);
ALTER TABLE ONLY public.trace_events
    ADD CONSTRAINT trace_events_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.trace_events_2026_10
    ADD CONSTRAINT trace_events_2026_10_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.trace_events_2026_11
    ADD CONSTRAINT trace_events_2026_11_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.trace_events_2026_12
    ADD CONSTRAINT trace_events_2026_12_pkey PRIMARY KEY (team_id, "timestamp", event_id);
ALTER TABLE ONLY public.trace_events_2027_01
    ADD CONSTRAINT trace_events_2027_01_pkey PRIMARY KEY (team_id, "timestamp", event_id);
CREATE INDEX comm_events_by_id ON ONLY public.comm_events USING btree (team_id, event_id);
CREATE INDEX comm_events_2026_10_team_id_event_id_idx ON public.comm_events_2026_10 USING btree (team_id, event_id);
CREATE INDEX comm_events_by_thread ON ONLY public.comm_events USING btree (team_id, thread_id, "timestamp");
CREATE INDEX comm_events_2026_10_team_id_thread_id_timestamp_idx ON public.comm_events_2026_10 USING btree (team_id, thread_id, "timestamp");
CREATE INDEX comm_events_2026_11_team_id_event_id_idx ON public.comm_events_2026_11 USING btree (team_id, event_id);
CREATE INDEX comm_events_2026_11_team_id_thread_id_timestamp_idx ON public.comm_events_2026_11 USING btree (team_id, thread_id, "timestamp");
CREATE INDEX comm_events_2026_12_team_id_event_id_idx ON public.comm_events_2026_12 USING btree (team_id, event_id);
CREATE INDEX comm_events_2026_12_team_id_thread_id_timestamp_idx ON public.comm_events_2026_12 USING btree (team_id, thread_id, "timestamp");
CREATE INDEX comm_events_2027_01_team_id_event_id_idx ON public.comm_events_2027_01 USING btree (team_id, event_id);
CREATE INDEX comm_events_2027_01_team_id_thread_id_timestamp_idx ON public.comm_events_2027_01 USING btree (team_id, thread_id, "timestamp");
CREATE INDEX content_by_use ON public.content USING btree (used_at);
CREATE INDEX control_events_by_id ON ONLY public.control_events USING btree (team_id, event_id);
CREATE INDEX control_events_2026_10_team_id_event_id_idx ON public.control_events_2026_10 USING btree (team_id, event_id);
CREATE INDEX control_events_2026_11_team_id_event_id_idx ON public.control_events_2026_11 USING btree (team_id, event_id);
CREATE INDEX control_events_2026_12_team_id_event_id_idx ON public.control_events_2026_12 USING btree (team_id, event_id);
CREATE INDEX control_events_2027_01_team_id_event_id_idx ON public.control_events_2027_01 USING btree (team_id, event_id);
CREATE INDEX decision_events_by_id ON ONLY public.decision_events USING btree (team_id, event_id);
CREATE INDEX decision_events_2026_10_team_id_event_id_idx ON public.decision_events_2026_10 USING btree (team_id, event_id);
CREATE INDEX decision_events_by_run ON ONLY public.decision_events USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX decision_events_2026_10_team_id_run_id_timestamp_idx ON public.decision_events_2026_10 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX decision_events_2026_11_team_id_event_id_idx ON public.decision_events_2026_11 USING btree (team_id, event_id);
CREATE INDEX decision_events_2026_11_team_id_run_id_timestamp_idx ON public.decision_events_2026_11 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX decision_events_2026_12_team_id_event_id_idx ON public.decision_events_2026_12 USING btree (team_id, event_id);
CREATE INDEX decision_events_2026_12_team_id_run_id_timestamp_idx ON public.decision_events_2026_12 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX decision_events_2027_01_team_id_event_id_idx ON public.decision_events_2027_01 USING btree (team_id, event_id);
CREATE INDEX decision_events_2027_01_team_id_run_id_timestamp_idx ON public.decision_events_2027_01 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX event_batches_by_age ON public.event_batches USING btree (stored_at);
CREATE INDEX failure_packets_by_age ON public.failure_packets USING btree (created_at);
CREATE INDEX failure_packets_by_run ON public.failure_packets USING btree (team_id, run_id);
CREATE INDEX invitations_by_end ON public.invitations USING btree (expires_at);
CREATE INDEX invitations_by_token ON public.invitations USING btree (token_hash);
CREATE INDEX log_events_by_id ON ONLY public.log_events USING btree (team_id, event_id);
CREATE INDEX log_events_2026_10_team_id_event_id_idx ON public.log_events_2026_10 USING btree (team_id, event_id);
CREATE INDEX log_events_by_run ON ONLY public.log_events USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX log_events_2026_10_team_id_run_id_timestamp_idx ON public.log_events_2026_10 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX log_events_2026_11_team_id_event_id_idx ON public.log_events_2026_11 USING btree (team_id, event_id);
CREATE INDEX log_events_2026_11_team_id_run_id_timestamp_idx ON public.log_events_2026_11 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX log_events_2026_12_team_id_event_id_idx ON public.log_events_2026_12 USING btree (team_id, event_id);
CREATE INDEX log_events_2026_12_team_id_run_id_timestamp_idx ON public.log_events_2026_12 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX log_events_2027_01_team_id_event_id_idx ON public.log_events_2027_01 USING btree (team_id, event_id);
CREATE INDEX log_events_2027_01_team_id_run_id_timestamp_idx ON public.log_events_2027_01 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX members_by_account ON public.members USING btree (account_id);
CREATE INDEX metric_events_by_agent ON ONLY public.metric_events USING btree (team_id, agent_id, "timestamp");
CREATE INDEX metric_events_2026_10_team_id_agent_id_timestamp_idx ON public.metric_events_2026_10 USING btree (team_id, agent_id, "timestamp");
CREATE INDEX metric_events_by_id ON ONLY public.metric_events USING btree (team_id, event_id);
CREATE INDEX metric_events_2026_10_team_id_event_id_idx ON public.metric_events_2026_10 USING btree (team_id, event_id);
CREATE INDEX metric_events_by_run ON ONLY public.metric_events USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX metric_events_2026_10_team_id_run_id_timestamp_idx ON public.metric_events_2026_10 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX metric_events_2026_11_team_id_agent_id_timestamp_idx ON public.metric_events_2026_11 USING btree (team_id, agent_id, "timestamp");
CREATE INDEX metric_events_2026_11_team_id_event_id_idx ON public.metric_events_2026_11 USING btree (team_id, event_id);
CREATE INDEX metric_events_2026_11_team_id_run_id_timestamp_idx ON public.metric_events_2026_11 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX metric_events_2026_12_team_id_agent_id_timestamp_idx ON public.metric_events_2026_12 USING btree (team_id, agent_id, "timestamp");
CREATE INDEX metric_events_2026_12_team_id_event_id_idx ON public.metric_events_2026_12 USING btree (team_id, event_id);
CREATE INDEX metric_events_2026_12_team_id_run_id_timestamp_idx ON public.metric_events_2026_12 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX metric_events_2027_01_team_id_agent_id_timestamp_idx ON public.metric_events_2027_01 USING btree (team_id, agent_id, "timestamp");
CREATE INDEX metric_events_2027_01_team_id_event_id_idx ON public.metric_events_2027_01 USING btree (team_id, event_id);
CREATE INDEX metric_events_2027_01_team_id_run_id_timestamp_idx ON public.metric_events_2027_01 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX quarantine_by_age ON public.quarantine USING btree (received_at);
CREATE INDEX quarantine_by_time ON public.quarantine USING btree (team_id, received_at);
CREATE INDEX sessions_by_account ON public.sessions USING btree (account_id);
CREATE INDEX sessions_by_end ON public.sessions USING btree (COALESCE(ended_at, expires_at));
CREATE INDEX trace_events_by_id ON ONLY public.trace_events USING btree (team_id, event_id);
CREATE INDEX trace_events_2026_10_team_id_event_id_idx ON public.trace_events_2026_10 USING btree (team_id, event_id);
CREATE INDEX trace_events_by_run ON ONLY public.trace_events USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX trace_events_2026_10_team_id_run_id_timestamp_idx ON public.trace_events_2026_10 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX trace_events_2026_11_team_id_event_id_idx ON public.trace_events_2026_11 USING btree (team_id, event_id);
CREATE INDEX trace_events_2026_11_team_id_run_id_timestamp_idx ON public.trace_events_2026_11 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX trace_events_2026_12_team_id_event_id_idx ON public.trace_events_2026_12 USING btree (team_id, event_id);
CREATE INDEX trace_events_2026_12_team_id_run_id_timestamp_idx ON public.trace_events_2026_12 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
CREATE INDEX trace_events_2027_01_team_id_event_id_idx ON public.trace_events_2027_01 USING btree (team_id, event_id);
CREATE INDEX trace_events_2027_01_team_id_run_id_timestamp_idx ON public.trace_events_2027_01 USING btree (team_id, run_id, "timestamp") WHERE (run_id IS NOT NULL);
ALTER INDEX public.comm_events_pkey ATTACH PARTITION public.comm_events_2026_10_pkey;
ALTER INDEX public.comm_events_by_id ATTACH PARTITION public.comm_events_2026_10_team_id_event_id_idx;
ALTER INDEX public.comm_events_by_thread ATTACH PARTITION public.comm_events_2026_10_team_id_thread_id_timestamp_idx;
ALTER INDEX public.comm_events_pkey ATTACH PARTITION public.comm_events_2026_11_pkey;
ALTER INDEX public.comm_events_by_id ATTACH PARTITION public.comm_events_2026_11_team_id_event_id_idx;
ALTER INDEX public.comm_events_by_thread ATTACH PARTITION public.comm_events_2026_11_team_id_thread_id_timestamp_idx;
ALTER INDEX public.comm_events_pkey ATTACH PARTITION public.comm_events_2026_12_pkey;
ALTER INDEX public.comm_events_by_id ATTACH PARTITION public.comm_events_2026_12_team_id_event_id_idx;
ALTER INDEX public.comm_events_by_thread ATTACH PARTITION public.comm_events_2026_12_team_id_thread_id_timestamp_idx;
ALTER INDEX public.comm_events_pkey ATTACH PARTITION public.comm_events_2027_01_pkey;
ALTER INDEX public.comm_events_by_id ATTACH PARTITION public.comm_events_2027_01_team_id_event_id_idx;
ALTER INDEX public.comm_events_by_thread ATTACH PARTITION public.comm_events_2027_01_team_id_thread_id_timestamp_idx;
ALTER INDEX public.control_events_pkey ATTACH PARTITION public.control_events_2026_10_pkey;
ALTER INDEX public.control_events_by_id ATTACH PARTITION public.control_events_2026_10_team_id_event_id_idx;
ALTER INDEX public.control_events_pkey ATTACH PARTITION public.control_events_2026_11_pkey;
ALTER INDEX public.control_events_by_id ATTACH PARTITION public.control_events_2026_11_team_id_event_id_idx;
ALTER INDEX public.control_events_pkey ATTACH PARTITION public.control_events_2026_12_pkey;
ALTER INDEX public.control_events_by_id ATTACH PARTITION public.control_events_2026_12_team_id_event_id_idx;
ALTER INDEX public.control_events_pkey ATTACH PARTITION public.control_events_2027_01_pkey;
ALTER INDEX public.control_events_by_id ATTACH PARTITION public.control_events_2027_01_team_id_event_id_idx;
ALTER INDEX public.decision_events_pkey ATTACH PARTITION public.decision_events_2026_10_pkey;
ALTER INDEX public.decision_events_by_id ATTACH PARTITION public.decision_events_2026_10_team_id_event_id_idx;
ALTER INDEX public.decision_events_by_run ATTACH PARTITION public.decision_events_2026_10_team_id_run_id_timestamp_idx;
ALTER INDEX public.decision_events_pkey ATTACH PARTITION public.decision_events_2026_11_pkey;
ALTER INDEX public.decision_events_by_id ATTACH PARTITION public.decision_events_2026_11_team_id_event_id_idx;
ALTER INDEX public.decision_events_by_run ATTACH PARTITION public.decision_events_2026_11_team_id_run_id_timestamp_idx;
ALTER INDEX public.decision_events_pkey ATTACH PARTITION public.decision_events_2026_12_pkey;
ALTER INDEX public.decision_events_by_id ATTACH PARTITION public.decision_events_2026_12_team_id_event_id_idx;
ALTER INDEX public.decision_events_by_run ATTACH PARTITION public.decision_events_2026_12_team_id_run_id_timestamp_idx;
ALTER INDEX public.decision_events_pkey ATTACH PARTITION public.decision_events_2027_01_pkey;
ALTER INDEX public.decision_events_by_id ATTACH PARTITION public.decision_events_2027_01_team_id_event_id_idx;
ALTER INDEX public.decision_events_by_run ATTACH PARTITION public.decision_events_2027_01_team_id_run_id_timestamp_idx;
ALTER INDEX public.log_events_pkey ATTACH PARTITION public.log_events_2026_10_pkey;
ALTER INDEX public.log_events_by_id ATTACH PARTITION public.log_events_2026_10_team_id_event_id_idx;
ALTER INDEX public.log_events_by_run ATTACH PARTITION public.log_events_2026_10_team_id_run_id_timestamp_idx;
ALTER INDEX public.log_events_pkey ATTACH PARTITION public.log_events_2026_11_pkey;
ALTER INDEX public.log_events_by_id ATTACH PARTITION public.log_events_2026_11_team_id_event_id_idx;
ALTER INDEX public.log_events_by_run ATTACH PARTITION public.log_events_2026_11_team_id_run_id_timestamp_idx;
ALTER INDEX public.log_events_pkey ATTACH PARTITION public.log_events_2026_12_pkey;
ALTER INDEX public.log_events_by_id ATTACH PARTITION public.log_events_2026_12_team_id_event_id_idx;
ALTER INDEX public.log_events_by_run ATTACH PARTITION public.log_events_2026_12_team_id_run_id_timestamp_idx;
ALTER INDEX public.log_events_pkey ATTACH PARTITION public.log_events_2027_01_pkey;
ALTER INDEX public.log_events_by_id ATTACH PARTITION public.log_events_2027_01_team_id_event_id_idx;
ALTER INDEX public.log_events_by_run ATTACH PARTITION public.log_events_2027_01_team_id_run_id_timestamp_idx;
ALTER INDEX public.metric_events_pkey ATTACH PARTITION public.metric_events_2026_10_pkey;
ALTER INDEX public.metric_events_by_agent ATTACH PARTITION public.metric_events_2026_10_team_id_agent_id_timestamp_idx;
ALTER INDEX public.metric_events_by_id ATTACH PARTITION public.metric_events_2026_10_team_id_event_id_idx;
ALTER INDEX public.metric_events_by_run ATTACH PARTITION public.metric_events_2026_10_team_id_run_id_timestamp_idx;
ALTER INDEX public.metric_events_pkey ATTACH PARTITION public.metric_events_2026_11_pkey;
ALTER INDEX public.metric_events_by_agent ATTACH PARTITION public.metric_events_2026_11_team_id_agent_id_timestamp_idx;
ALTER INDEX public.metric_events_by_id ATTACH PARTITION public.metric_events_2026_11_team_id_event_id_idx;
ALTER INDEX public.metric_events_by_run ATTACH PARTITION public.metric_events_2026_11_team_id_run_id_timestamp_idx;
ALTER INDEX public.metric_events_pkey ATTACH PARTITION public.metric_events_2026_12_pkey;
ALTER INDEX public.metric_events_by_agent ATTACH PARTITION public.metric_events_2026_12_team_id_agent_id_timestamp_idx;
ALTER INDEX public.metric_events_by_id ATTACH PARTITION public.metric_events_2026_12_team_id_event_id_idx;
ALTER INDEX public.metric_events_by_run ATTACH PARTITION public.metric_events_2026_12_team_id_run_id_timestamp_idx;
ALTER INDEX public.metric_events_pkey ATTACH PARTITION public.metric_events_2027_01_pkey;
ALTER INDEX public.metric_events_by_agent ATTACH PARTITION public.metric_events_2027_01_team_id_agent_id_timestamp_idx;
ALTER INDEX public.metric_events_by_id ATTACH PARTITION public.metric_events_2027_01_team_id_event_id_idx;
ALTER INDEX public.metric_events_by_run ATTACH PARTITION public.metric_events_2027_01_team_id_run_id_timestamp_idx;
ALTER INDEX public.trace_events_pkey ATTACH PARTITION public.trace_events_2026_10_pkey;
ALTER INDEX public.trace_events_by_id ATTACH PARTITION public.trace_events_2026_10_team_id_event_id_idx;
ALTER INDEX public.trace_events_by_run ATTACH PARTITION public.trace_events_2026_10_team_id_run_id_timestamp_idx;
ALTER INDEX public.trace_events_pkey ATTACH PARTITION public.trace_events_2026_11_pkey;
ALTER INDEX public.trace_events_by_id ATTACH PARTITION public.trace_events_2026_11_team_id_event_id_idx;
ALTER INDEX public.trace_events_by_run ATTACH PARTITION public.trace_events_2026_11_team_id_run_id_timestamp_idx;
ALTER INDEX public.trace_events_pkey ATTACH PARTITION public.trace_events_2026_12_pkey;
ALTER INDEX public.trace_events_by_id ATTACH PARTITION public.trace_events_2026_12_team_id_event_id_idx;
ALTER INDEX public.trace_events_by_run ATTACH PARTITION public.trace_events_2026_12_team_id_run_id_timestamp_idx;
ALTER INDEX public.trace_events_pkey ATTACH PARTITION public.trace_events_2027_01_pkey;
ALTER INDEX public.trace_events_by_id ATTACH PARTITION public.trace_events_2027_01_team_id_event_id_idx;
ALTER INDEX public.trace_events_by_run ATTACH PARTITION public.trace_events_2027_01_team_id_run_id_timestamp_idx;
CREATE TRIGGER sum_months_of_changed AFTER UPDATE ON public.metric_hours REFERENCING OLD TABLE AS hours_before NEW TABLE AS hours_after FOR EACH STATEMENT EXECUTE FUNCTION public.hive_sum_months();
CREATE TRIGGER sum_months_of_new AFTER INSERT ON public.metric_hours REFERENCING NEW TABLE AS hours_after FOR EACH STATEMENT EXECUTE FUNCTION public.hive_sum_months();
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(team_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.content_ids
    ADD CONSTRAINT content_ids_team_id_sha256_fkey FOREIGN KEY (team_id, sha256) REFERENCES public.content(team_id, sha256) ON DELETE CASCADE;
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(team_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(team_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.passwords
    ADD CONSTRAINT passwords_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(session_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(account_id) ON DELETE CASCADE;
ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events_2026_10 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events_2026_11 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events_2026_12 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.comm_events_2027_01 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.content ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.content_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.control_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.control_events_2026_10 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.control_events_2026_11 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.control_events_2026_12 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.control_events_2027_01 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events_2026_10 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events_2026_11 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events_2026_12 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.decision_events_2027_01 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.event_batches ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.failure_packets ENABLE ROW LEVEL SECURITY;
CREATE POLICY fellow ON public.accounts FOR SELECT USING ((EXISTS ( SELECT
   FROM public.members
  WHERE ((members.account_id = accounts.account_id) AND (members.team_id = ( SELECT public.hive_team() AS hive_team))))));
ALTER TABLE public.invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_events_2026_10 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_events_2026_11 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_events_2026_12 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_events_2027_01 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events_2026_10 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events_2026_11 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events_2026_12 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.metric_events_2027_01 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.metric_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.metric_months ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.accounts USING ((account_id = ( SELECT public.hive_account() AS hive_account))) WITH CHECK ((account_id = ( SELECT public.hive_account() AS hive_account)));
CREATE POLICY own ON public.members FOR SELECT USING ((account_id = ( SELECT public.hive_account() AS hive_account)));
CREATE POLICY own ON public.passwords USING ((account_id = ( SELECT public.hive_account() AS hive_account))) WITH CHECK ((account_id = ( SELECT public.hive_account() AS hive_account)));
CREATE POLICY own ON public.refresh_tokens USING ((session_id = ( SELECT (public.hive_scope('session_id'::text))::uuid AS hive_scope))) WITH CHECK ((session_id = ( SELECT (public.hive_scope('session_id'::text))::uuid AS hive_scope)));
CREATE POLICY own ON public.sessions USING (((account_id = ( SELECT public.hive_account() AS hive_account)) OR (session_id = ( SELECT (public.hive_scope('session_id'::text))::uuid AS hive_scope)))) WITH CHECK (((account_id = ( SELECT public.hive_account() AS hive_account)) OR (session_id = ( SELECT (public.hive_scope('session_id'::text))::uuid AS hive_scope))));
CREATE POLICY own ON public.teams FOR SELECT USING ((EXISTS ( SELECT
   FROM public.members
  WHERE ((members.team_id = teams.team_id) AND (members.account_id = ( SELECT public.hive_account() AS hive_account))))));
CREATE POLICY owner ON public.audit_heads FOR SELECT TO hive_owner USING (true);
CREATE POLICY owner ON public.audit_log FOR SELECT TO hive_owner USING (true);
CREATE POLICY owner ON public.teams FOR SELECT TO hive_owner USING (true);
ALTER TABLE public.passwords ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.policies ENABLE ROW LEVEL SECURITY;
CREATE POLICY presented ON public.accounts FOR SELECT USING ((email = ( SELECT public.hive_scope('email'::text) AS hive_scope)));
CREATE POLICY presented ON public.api_keys FOR SELECT USING ((key_id = ( SELECT public.hive_scope('key_id'::text) AS hive_scope)));
CREATE POLICY presented ON public.invitations FOR SELECT USING ((token_hash = ( SELECT decode(public.hive_scope('token_hash'::text), 'hex'::text) AS decode)));
ALTER TABLE public.quarantine ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY stale ON public.content TO hive_owner USING ((used_at < (now() - ( SELECT public.hive_keep('content'::text) AS hive_keep))));
CREATE POLICY stale ON public.event_batches TO hive_owner USING ((stored_at < (now() - '7 days'::interval)));
CREATE POLICY stale ON public.failure_packets TO hive_owner USING ((created_at < (now() - ( SELECT public.hive_keep('events'::text) AS hive_keep))));
CREATE POLICY stale ON public.invitations TO hive_owner USING ((expires_at < (now() - '30 days'::interval)));
CREATE POLICY stale ON public.quarantine TO hive_owner USING ((received_at < (now() - ( SELECT public.hive_keep('quarantine'::text) AS hive_keep))));
CREATE POLICY stale ON public.sessions TO hive_owner USING ((COALESCE(ended_at, expires_at) < (now() - '30 days'::interval)));
CREATE POLICY team ON public.api_keys USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.audit_heads USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.audit_log USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.comm_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.content USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.content_ids USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.control_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.decision_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.event_batches USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.failure_packets USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.invitations USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.log_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.members USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.metric_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.metric_hours USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.metric_months USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.policies USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.quarantine USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.teams USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.trace_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
ALTER TABLE public.teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events_2026_10 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events_2026_11 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events_2026_12 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.trace_events_2027_01 ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON FUNCTION public.hive_analyze_new() FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_analyze_new() TO hive_app;
REVOKE ALL ON FUNCTION public.hive_create_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_create_partitions() TO hive_app;
REVOKE ALL ON FUNCTION public.hive_forget_events() FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_forget_events() TO hive_app;
REVOKE ALL ON FUNCTION public.hive_forget_rows() FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_forget_rows() TO hive_app;
REVOKE ALL ON FUNCTION public.hive_guard(guarded regclass) FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_is_columnstore() TO hive_app;
REVOKE ALL ON FUNCTION public.hive_keep(wanted text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.hive_sum_months() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.hive_sweep() FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_sweep() TO hive_app;
REVOKE ALL ON FUNCTION public.hive_sweep_batches() FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_sweep_batches() TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO hive_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_heads TO hive_app;
GRANT SELECT,INSERT ON TABLE public.audit_log TO hive_app;
GRANT SELECT,INSERT ON TABLE public.comm_events TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.content TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.content_ids TO hive_app;
GRANT SELECT,INSERT ON TABLE public.control_events TO hive_app;
GRANT SELECT,INSERT ON TABLE public.decision_events TO hive_app;
GRANT SELECT,INSERT ON TABLE public.event_batches TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.failure_packets TO hive_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.installation TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.invitations TO hive_app;
GRANT SELECT,INSERT ON TABLE public.log_events TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.members TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.metric_hours TO hive_app;
GRANT SELECT ON TABLE public.metric_days TO hive_app;
GRANT SELECT,INSERT ON TABLE public.metric_events TO hive_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.metric_months TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.passwords TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.policies TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quarantine TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.refresh_tokens TO hive_app;
GRANT SELECT ON TABLE public.schema_migrations TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.teams TO hive_app;
GRANT SELECT,INSERT ON TABLE public.trace_events TO hive_app;
