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
ALTER TABLE ONLY public.installation FORCE ROW LEVEL SECURITY;
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
INSERT INTO public.accounts VALUES ('23cac02f-e6c5-59cb-b1ef-f05e664e0fb4', '6ad2fd9939265f898d173b09ce4f7151@example.org', 'name of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.accounts VALUES ('b0f37a62-d2c1-5f59-9444-74a45ef4cb22', 'd9358c8ef0c55b5bb77a8ad2514abc5c@example.org', 'name of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.accounts VALUES ('fe6ce4f2-d3db-5a52-80ac-fc66ef1bc1a2', '878fa52d816e5f92bb59a500fed18326@example.org', 'name of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.api_keys VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', 'key_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'name of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '\x3661643266643939333932363566383938643137336230396365346637313531', '{sdk:ingest}', '23cac02f-e6c5-59cb-b1ef-f05e664e0fb4', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.api_keys VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', 'key_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'name of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '\x6439333538633865663063353562356262373761386164323531346162633563', '{sdk:ingest}', 'b0f37a62-d2c1-5f59-9444-74a45ef4cb22', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.api_keys VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 'key_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'name of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '\x3837386661353264383136653566393262623539613530306665643138333236', '{sdk:ingest}', 'fe6ce4f2-d3db-5a52-80ac-fc66ef1bc1a2', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.audit_heads VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', 1, '\x3661643266643939333932363566383938643137336230396365346637313531');
INSERT INTO public.audit_heads VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', 1, '\x6439333538633865663063353562356262373761386164323531346162633563');
INSERT INTO public.audit_heads VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 1, '\x3837386661353264383136653566393262623539613530306665643138333236');
INSERT INTO public.audit_log VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', 1, '2026-11-21 17:12:31.360686+00', 'actor of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'action of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'subject of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '"6ad2fd9939265f898d173b09ce4f7151"', '\x3661643266643939333932363566383938643137336230396365346637313531');
INSERT INTO public.audit_log VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', 1, '2026-11-21 17:12:31.422194+00', 'actor of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'action of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'subject of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '"d9358c8ef0c55b5bb77a8ad2514abc5c"', '\x6439333538633865663063353562356262373761386164323531346162633563');
INSERT INTO public.audit_log VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 1, '2026-11-21 17:12:31.464107+00', 'actor of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'action of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'subject of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '"878fa52d816e5f92bb59a500fed18326"', '\x3837386661353264383136653566393262623539613530306665643138333236');
INSERT INTO public.comm_events_2026_11 VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', '259f139b-5a60-4c3a-a0b8-98108e953ad3', '2026-11-21 17:12:31.360686+00', 'sdk_instance_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'run_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'span_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'thread_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'from_agent of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'to_agent of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'message_type of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '\x3661643266643939333932363566383938643137336230396365346637313531', '"6ad2fd9939265f898d173b09ce4f7151"');
INSERT INTO public.comm_events_2026_11 VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', '6b19565d-8589-43af-9163-b47f66d95a1d', '2026-11-21 17:12:31.422194+00', 'sdk_instance_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'run_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'span_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'thread_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'from_agent of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'to_agent of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'message_type of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '\x6439333538633865663063353562356262373761386164323531346162633563', '"d9358c8ef0c55b5bb77a8ad2514abc5c"');
INSERT INTO public.comm_events_2026_11 VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', '4da53e17-4993-419d-b187-b4c097281eec', '2026-11-21 17:12:31.464107+00', 'sdk_instance_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'run_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'span_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'thread_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'from_agent of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'to_agent of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'message_type of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '\x3837386661353264383136653566393262623539613530306665643138333236', '"878fa52d816e5f92bb59a500fed18326"');
INSERT INTO public.content VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '\x3661643266643939333932363566383938643137336230396365346637313531', '\x3661643266643939333932363566383938643137336230396365346637313531', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.content VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '\x6439333538633865663063353562356262373761386164323531346162633563', '\x6439333538633865663063353562356262373761386164323531346162633563', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.content VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '\x3837386661353264383136653566393262623539613530306665643138333236', '\x3837386661353264383136653566393262623539613530306665643138333236', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.content_ids VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', 'content_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '\x3661643266643939333932363566383938643137336230396365346637313531', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.content_ids VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', 'content_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '\x6439333538633865663063353562356262373761386164323531346162633563', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.content_ids VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 'content_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '\x3837386661353264383136653566393262623539613530306665643138333236', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.control_events_2026_11 VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', 'd603c631-beec-4747-9656-e446644a5af4', '2026-11-21 17:12:31.360686+00', 'sdk_instance_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'agent_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'run_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'trace_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'span_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'provider of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'action of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'budget_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '"6ad2fd9939265f898d173b09ce4f7151"');
INSERT INTO public.control_events_2026_11 VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', 'b465062b-6cec-4a1d-8824-d5663fd63a02', '2026-11-21 17:12:31.422194+00', 'sdk_instance_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'agent_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'run_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'trace_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'span_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'provider of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'action of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'budget_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '"d9358c8ef0c55b5bb77a8ad2514abc5c"');
INSERT INTO public.control_events_2026_11 VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', '4ce64b41-803b-4336-a19d-d20b98653310', '2026-11-21 17:12:31.464107+00', 'sdk_instance_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'agent_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'run_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'trace_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'span_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'provider of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'action of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'budget_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '"878fa52d816e5f92bb59a500fed18326"');
INSERT INTO public.decision_events_2026_11 VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', '472d77b4-d7a8-4b4a-8567-38863dc350b3', '2026-11-21 17:12:31.360686+00', 'sdk_instance_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'agent_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'run_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'node_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'trace_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'span_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'kind of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '"6ad2fd9939265f898d173b09ce4f7151"');
INSERT INTO public.decision_events_2026_11 VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', 'e3f919dc-dc3d-4fa1-8512-d3b96741e9a0', '2026-11-21 17:12:31.422194+00', 'sdk_instance_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'agent_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'run_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'node_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'trace_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'span_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'kind of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '"d9358c8ef0c55b5bb77a8ad2514abc5c"');
INSERT INTO public.decision_events_2026_11 VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', 'b84efb2c-3c51-4888-9e5b-a82f26b5a3ce', '2026-11-21 17:12:31.464107+00', 'sdk_instance_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'agent_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'run_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'node_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'trace_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'span_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'kind of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '"878fa52d816e5f92bb59a500fed18326"');
INSERT INTO public.event_batches VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', 'stream of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 1, '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00', '{fff28bc1-3e66-4ab9-85b6-8ac24b90424a}');
INSERT INTO public.event_batches VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', 'stream of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 1, '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00', '{c8d7fdde-5a8c-4a49-b503-e80e850fae46}');
INSERT INTO public.event_batches VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 'stream of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 1, '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00', '{9246b713-7b8f-49dd-acab-87e6a520cb86}');
INSERT INTO public.failure_packets VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '24807c44-5f70-4d36-a683-f07efd887581', '2026-11-21 17:12:31.360686+00', 'agent_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'run_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'node_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'logic', 1, '"6ad2fd9939265f898d173b09ce4f7151"');
INSERT INTO public.failure_packets VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '70dcca87-40b7-4196-8bc0-9a407a41f1be', '2026-11-21 17:12:31.422194+00', 'agent_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'run_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'node_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'logic', 1, '"d9358c8ef0c55b5bb77a8ad2514abc5c"');
INSERT INTO public.failure_packets VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '7183c18c-4b48-453b-98c8-cb3da23c3e03', '2026-11-21 17:12:31.464107+00', 'agent_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'run_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'node_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'logic', 1, '"878fa52d816e5f92bb59a500fed18326"');
INSERT INTO public.installation VALUES (true, 'f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.342815+00', '\x3661643266643939333932363566383938643137336230396365346637313531', '2026-11-21 17:12:31.342815+00', '2026-11-21 17:12:31.342815+00');
INSERT INTO public.invitations VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '\x3661643266643939333932363566383938643137336230396365346637313531', '6ad2fd9939265f898d173b09ce4f7151@example.org', 'viewer', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.invitations VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '\x6439333538633865663063353562356262373761386164323531346162633563', 'd9358c8ef0c55b5bb77a8ad2514abc5c@example.org', 'viewer', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.invitations VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '\x3837386661353264383136653566393262623539613530306665643138333236', '878fa52d816e5f92bb59a500fed18326@example.org', 'viewer', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.log_events_2026_11 VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', '6fa5cbe1-3490-48f1-bcca-4ded811e1ca1', '2026-11-21 17:12:31.360686+00', 'sdk_instance_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'agent_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'run_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'node_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'trace_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'level of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'message of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '"6ad2fd9939265f898d173b09ce4f7151"');
INSERT INTO public.log_events_2026_11 VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', '40d7060d-7114-4f6b-a112-c8b51ea560e9', '2026-11-21 17:12:31.422194+00', 'sdk_instance_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'agent_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'run_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'node_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'trace_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'level of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'message of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '"d9358c8ef0c55b5bb77a8ad2514abc5c"');
INSERT INTO public.log_events_2026_11 VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', 'd12a6699-1d4c-4471-8a5b-c24f50669b11', '2026-11-21 17:12:31.464107+00', 'sdk_instance_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'agent_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'run_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'node_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'trace_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'level of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'message of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '"878fa52d816e5f92bb59a500fed18326"');
INSERT INTO public.members VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '23cac02f-e6c5-59cb-b1ef-f05e664e0fb4', 'viewer', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.members VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', 'b0f37a62-d2c1-5f59-9444-74a45ef4cb22', 'viewer', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.members VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 'fe6ce4f2-d3db-5a52-80ac-fc66ef1bc1a2', 'viewer', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.metric_events_2026_11 VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', '7dbe0539-5071-4527-b7da-9201c135661f', '2026-11-21 17:12:31.360686+00', 'sdk_instance_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'agent_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'run_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'node_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'trace_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'span_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'provider of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'model_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"6ad2fd9939265f898d173b09ce4f7151"');
INSERT INTO public.metric_events_2026_11 VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', 'd99ea4f7-5c37-46ba-ae04-98236bda1318', '2026-11-21 17:12:31.422194+00', 'sdk_instance_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'agent_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'run_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'node_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'trace_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'span_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'provider of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'model_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"d9358c8ef0c55b5bb77a8ad2514abc5c"');
INSERT INTO public.metric_events_2026_11 VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', '591db80d-25d3-4966-8939-9a86a597188d', '2026-11-21 17:12:31.464107+00', 'sdk_instance_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'agent_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'run_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'node_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'trace_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'span_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'provider of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'model_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"878fa52d816e5f92bb59a500fed18326"');
INSERT INTO public.metric_hours VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', 'agent_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'provider of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'model_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.metric_hours VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', 'agent_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'provider of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'model_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.metric_hours VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', 'agent_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'provider of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'model_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.metric_months VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-01 00:00:00+00', 'provider of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'model_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 1.0000000000, '2026-11-21 17:12:31.360686+00');
INSERT INTO public.metric_months VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', 'provider of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'model_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 1.0000000000, '2026-11-21 17:12:31.360686+00');
INSERT INTO public.metric_months VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-01 00:00:00+00', 'provider of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'model_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 1.0000000000, '2026-11-21 17:12:31.422194+00');
INSERT INTO public.metric_months VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', 'provider of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'model_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 1.0000000000, '2026-11-21 17:12:31.422194+00');
INSERT INTO public.metric_months VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-01 00:00:00+00', 'provider of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'model_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 1.0000000000, '2026-11-21 17:12:31.464107+00');
INSERT INTO public.metric_months VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', 'provider of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'model_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 1.0000000000, '2026-11-21 17:12:31.464107+00');
INSERT INTO public.passwords VALUES ('23cac02f-e6c5-59cb-b1ef-f05e664e0fb4', 'hash of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.passwords VALUES ('b0f37a62-d2c1-5f59-9444-74a45ef4cb22', 'hash of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.passwords VALUES ('fe6ce4f2-d3db-5a52-80ac-fc66ef1bc1a2', 'hash of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.policies VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', 'policy_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'version of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '"6ad2fd9939265f898d173b09ce4f7151"', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00', 'updated_by of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151');
INSERT INTO public.policies VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', 'policy_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'version of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '"d9358c8ef0c55b5bb77a8ad2514abc5c"', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00', 'updated_by of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c');
INSERT INTO public.policies VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 'policy_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'version of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '"878fa52d816e5f92bb59a500fed18326"', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00', 'updated_by of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326');
INSERT INTO public.quarantine VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '69df3408-6bc4-4b38-be69-72d72dd80412', '2026-11-21 17:12:31.360686+00', 'sdk_instance_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'reason of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '\x3661643266643939333932363566383938643137336230396365346637313531');
INSERT INTO public.quarantine VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '997475be-7edc-4e1f-acd9-838ac588699c', '2026-11-21 17:12:31.422194+00', 'sdk_instance_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'reason of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '\x6439333538633865663063353562356262373761386164323531346162633563');
INSERT INTO public.quarantine VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 'fce0747b-a830-4ec9-957b-ec0a8239684b', '2026-11-21 17:12:31.464107+00', 'sdk_instance_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'reason of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '\x3837386661353264383136653566393262623539613530306665643138333236');
INSERT INTO public.refresh_tokens VALUES ('ada54590-1066-53f3-aedc-7da7bb0ebf45', '\x3661643266643939333932363566383938643137336230396365346637313531', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.refresh_tokens VALUES ('0470df43-e2ab-5214-b6f4-01aa8011fe25', '\x6439333538633865663063353562356262373761386164323531346162633563', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.refresh_tokens VALUES ('47d45961-2c4e-5621-a6d6-f2fa81fb4c79', '\x3837386661353264383136653566393262623539613530306665643138333236', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.retention VALUES ('events', '400 days');
INSERT INTO public.retention VALUES ('content', '440 days');
INSERT INTO public.retention VALUES ('quarantine', '30 days');
INSERT INTO public.schema_migrations VALUES (1, '0001_tenancy', '\x4171e5e5d28683465a9d772ba92c564bd68c94120f7b6ae0c4fdfd8b30308a22', '2026-11-21 17:12:31.135609+00');
INSERT INTO public.schema_migrations VALUES (2, '0002_events', '\x1739e77466be268526a0121cf901e2c444c1ad8808a45edfbc18f5838c1daa32', '2026-11-21 17:12:31.26343+00');
INSERT INTO public.schema_migrations VALUES (3, '0003_event_ids', '\x6506449f54457be9cfb3f6be2e97a2cb5827fbaec6cef6990520f58180eea4b4', '2026-11-21 17:12:31.278474+00');
INSERT INTO public.schema_migrations VALUES (4, '0004_retention', '\xb2573186adbca7b0c1b4c46902529e650e0088a6b3ad529071d10e90edd807bb', '2026-11-21 17:12:31.286319+00');
INSERT INTO public.schema_migrations VALUES (5, '0005_event_batches', '\xb928170df4bdaf93b7a80ee9cd6a2fc0a5b89d8d0c9c3531ac2c9029e0e8c0ea', '2026-11-21 17:12:31.289327+00');
INSERT INTO public.schema_migrations VALUES (6, '0006_standing', '\x19925267f530f6eb6b61e65210d9f43f955eeced7164b691e18c4bab08de1f3d', '2026-11-21 17:12:31.290073+00');
INSERT INTO public.schema_migrations VALUES (8, '0008_sums_and_sweeps', '\x3466a4c351c33bd8647f37fd632aeb8501d78d41d618f473dbec6d882bdf9e81', '2026-11-21 17:12:31.294161+00');
INSERT INTO public.schema_migrations VALUES (9, '0009_own_hands', '\xa4d1586ef0ee7fd016e48b05623515c8372d23f87f800c4ddda8cac99f02a259', '2026-11-21 17:12:31.296326+00');
INSERT INTO public.sessions VALUES ('ada54590-1066-53f3-aedc-7da7bb0ebf45', '23cac02f-e6c5-59cb-b1ef-f05e664e0fb4', 'f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00', '2026-11-21 17:12:31.360686+00', NULL);
INSERT INTO public.sessions VALUES ('0470df43-e2ab-5214-b6f4-01aa8011fe25', 'b0f37a62-d2c1-5f59-9444-74a45ef4cb22', 'd87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00', '2026-11-21 17:12:31.422194+00', NULL);
INSERT INTO public.sessions VALUES ('47d45961-2c4e-5621-a6d6-f2fa81fb4c79', 'fe6ce4f2-d3db-5a52-80ac-fc66ef1bc1a2', '88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00', '2026-11-21 17:12:31.464107+00', NULL);
INSERT INTO public.teams VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', 'name of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '2026-11-21 17:12:31.360686+00');
INSERT INTO public.teams VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', 'name of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '2026-11-21 17:12:31.422194+00');
INSERT INTO public.teams VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', 'name of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '2026-11-21 17:12:31.464107+00');
INSERT INTO public.trace_events_2026_11 VALUES ('f01af395-41d4-4afc-805c-a6bc7350e363', '2026-11-21 17:12:31.360686+00', 'ab4cba89-355d-43bf-b31c-517709801a44', '2026-11-21 17:12:31.360686+00', 'sdk_instance_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'agent_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'run_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'node_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'trace_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'span_id of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', 'kind of f01af395-41d4-4afc-805c-a6bc7350e363 6ad2fd9939265f898d173b09ce4f7151', '"6ad2fd9939265f898d173b09ce4f7151"');
INSERT INTO public.trace_events_2026_11 VALUES ('d87c397a-439a-4778-b148-9eb761c53f1c', '2026-11-21 17:12:31.422194+00', '7ff56a1a-c4e4-40ce-8d76-d50246561ab5', '2026-11-21 17:12:31.422194+00', 'sdk_instance_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'agent_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'run_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'node_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'trace_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'span_id of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', 'kind of d87c397a-439a-4778-b148-9eb761c53f1c d9358c8ef0c55b5bb77a8ad2514abc5c', '"d9358c8ef0c55b5bb77a8ad2514abc5c"');
INSERT INTO public.trace_events_2026_11 VALUES ('88374e83-b7d2-480b-b99c-26fe6ebf55e2', '2026-11-21 17:12:31.464107+00', 'd1969aa3-2826-4fe1-8b0f-eb5d3a2469b8', '2026-11-21 17:12:31.464107+00', 'sdk_instance_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'agent_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'run_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'node_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'trace_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'span_id of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', 'kind of 88374e83-b7d2-480b-b99c-26fe6ebf55e2 878fa52d816e5f92bb59a500fed18326', '"878fa52d816e5f92bb59a500fed18326"');
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
ALTER TABLE public.installation ENABLE ROW LEVEL SECURITY;
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
CREATE POLICY outside ON public.installation USING ((NOT (EXISTS ( SELECT
   FROM public.teams
  WHERE (teams.team_id = ( SELECT public.hive_team() AS hive_team)))))) WITH CHECK ((NOT (EXISTS ( SELECT
   FROM public.teams
  WHERE (teams.team_id = ( SELECT public.hive_team() AS hive_team))))));
CREATE POLICY own ON public.accounts USING ((account_id = ( SELECT public.hive_account() AS hive_account))) WITH CHECK ((account_id = ( SELECT public.hive_account() AS hive_account)));
CREATE POLICY own ON public.members FOR SELECT USING ((account_id = ( SELECT public.hive_account() AS hive_account)));
CREATE POLICY own ON public.passwords USING ((account_id = ( SELECT public.hive_account() AS hive_account))) WITH CHECK ((account_id = ( SELECT public.hive_account() AS hive_account)));
CREATE POLICY own ON public.refresh_tokens USING ((session_id = ( SELECT (public.hive_scope('session_id'::text))::uuid AS hive_scope))) WITH CHECK ((session_id = ( SELECT (public.hive_scope('session_id'::text))::uuid AS hive_scope)));
CREATE POLICY own ON public.sessions USING (((account_id = ( SELECT public.hive_account() AS hive_account)) OR (session_id = ( SELECT (public.hive_scope('session_id'::text))::uuid AS hive_scope)))) WITH CHECK (((account_id = ( SELECT public.hive_account() AS hive_account)) OR (session_id = ( SELECT (public.hive_scope('session_id'::text))::uuid AS hive_scope))));
CREATE POLICY own ON public.teams FOR SELECT USING ((EXISTS ( SELECT
   FROM public.members
  WHERE ((members.team_id = teams.team_id) AND (members.account_id = ( SELECT public.hive_account() AS hive_account))))));
CREATE POLICY own_hand ON public.members AS RESTRICTIVE FOR INSERT WITH CHECK ((account_id = ( SELECT public.hive_account() AS hive_account)));
CREATE POLICY own_hand ON public.sessions AS RESTRICTIVE FOR INSERT WITH CHECK ((account_id = ( SELECT public.hive_account() AS hive_account)));
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
GRANT SELECT,INSERT,DELETE ON TABLE public.api_keys TO hive_app;
GRANT UPDATE(revoked_at) ON TABLE public.api_keys TO hive_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_heads TO hive_app;
GRANT SELECT,INSERT ON TABLE public.audit_log TO hive_app;
GRANT SELECT,INSERT ON TABLE public.comm_events TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.content TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.content_ids TO hive_app;
GRANT SELECT,INSERT ON TABLE public.control_events TO hive_app;
GRANT SELECT,INSERT ON TABLE public.decision_events TO hive_app;
GRANT SELECT,INSERT ON TABLE public.event_batches TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.failure_packets TO hive_app;
GRANT SELECT,INSERT ON TABLE public.installation TO hive_app;
GRANT UPDATE(link_hash) ON TABLE public.installation TO hive_app;
GRANT UPDATE(link_expires) ON TABLE public.installation TO hive_app;
GRANT UPDATE(link_used_at) ON TABLE public.installation TO hive_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.invitations TO hive_app;
GRANT UPDATE(used_at) ON TABLE public.invitations TO hive_app;
GRANT SELECT,INSERT ON TABLE public.log_events TO hive_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.members TO hive_app;
GRANT UPDATE(role) ON TABLE public.members TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.metric_hours TO hive_app;
GRANT SELECT ON TABLE public.metric_days TO hive_app;
GRANT SELECT,INSERT ON TABLE public.metric_events TO hive_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.metric_months TO hive_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.passwords TO hive_app;
GRANT UPDATE(hash) ON TABLE public.passwords TO hive_app;
GRANT UPDATE(changed_at) ON TABLE public.passwords TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.policies TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quarantine TO hive_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.refresh_tokens TO hive_app;
GRANT UPDATE(used_at) ON TABLE public.refresh_tokens TO hive_app;
GRANT SELECT ON TABLE public.schema_migrations TO hive_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.sessions TO hive_app;
GRANT UPDATE(open_team) ON TABLE public.sessions TO hive_app;
GRANT UPDATE(ended_at) ON TABLE public.sessions TO hive_app;
GRANT UPDATE(end_reason) ON TABLE public.sessions TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.teams TO hive_app;
GRANT SELECT,INSERT ON TABLE public.trace_events TO hive_app;
