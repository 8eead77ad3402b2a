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
ALTER FUNCTION public.hive_create_partitions() OWNER TO hive_owner;
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
CREATE FUNCTION public.hive_sweep() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH swept_sessions AS (
        DELETE FROM sessions WHERE coalesce(ended_at, expires_at) < now() - interval '30 days' RETURNING 1
    ), swept_invitations AS (
        DELETE FROM invitations WHERE expires_at < now() - interval '30 days' RETURNING 1
    )
    SELECT (SELECT count(*) FROM swept_sessions) + (SELECT count(*) FROM swept_invitations)
$$;
ALTER FUNCTION public.hive_sweep() OWNER TO hive_owner;
CREATE FUNCTION public.hive_team() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (public.hive_scope('team_id'::text))::uuid;
ALTER FUNCTION public.hive_team() OWNER TO hive_owner;
CREATE FUNCTION public.time_bucket(width interval, moment timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_bin(width, moment, '2000-01-03 00:00:00+00'::timestamp with time zone);
ALTER FUNCTION public.time_bucket(width interval, moment timestamp with time zone) OWNER TO hive_owner;
SET default_tablespace = '';
SET default_table_access_method = heap;
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
INSERT INTO public.accounts VALUES ('09045349-6792-47ba-9bee-67127f2626ad', '09045349-6792-47ba-9bee-67127f2626ad@example.org', 'x', '2026-11-21 09:59:39.138114+00');
INSERT INTO public.accounts VALUES ('b2eee368-dde0-40eb-b36f-ed7c87a334f0', 'b2eee368-dde0-40eb-b36f-ed7c87a334f0@example.org', 'x', '2026-11-21 09:59:39.187995+00');
INSERT INTO public.accounts VALUES ('b04f3bb5-4a5b-44fe-8213-9fa6e33efd10', 'b04f3bb5-4a5b-44fe-8213-9fa6e33efd10@example.org', 'x', '2026-11-21 09:59:39.22186+00');
INSERT INTO public.api_keys VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', 'key_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'name of a6abcaea-67d3-4619-aac9-b49e619f933b', '\x0000000000000000000000000000000000000000000000000000000000000000', '{sdk:ingest}', '09045349-6792-47ba-9bee-67127f2626ad', '2026-11-21 09:59:39.138114+00', '2026-11-21 09:59:39.138114+00', '2026-11-21 09:59:39.138114+00');
INSERT INTO public.api_keys VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', 'key_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'name of f89e7bde-78b7-4969-af18-9fa1737ff3db', '\x0000000000000000000000000000000000000000000000000000000000000000', '{sdk:ingest}', 'b2eee368-dde0-40eb-b36f-ed7c87a334f0', '2026-11-21 09:59:39.187995+00', '2026-11-21 09:59:39.187995+00', '2026-11-21 09:59:39.187995+00');
INSERT INTO public.api_keys VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'key_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'name of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '\x0000000000000000000000000000000000000000000000000000000000000000', '{sdk:ingest}', 'b04f3bb5-4a5b-44fe-8213-9fa6e33efd10', '2026-11-21 09:59:39.22186+00', '2026-11-21 09:59:39.22186+00', '2026-11-21 09:59:39.22186+00');
INSERT INTO public.audit_heads VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', 1, '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_heads VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', 1, '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_heads VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 1, '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_log VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', 1, '2026-11-21 09:59:39.138114+00', 'actor of a6abcaea-67d3-4619-aac9-b49e619f933b', 'action of a6abcaea-67d3-4619-aac9-b49e619f933b', 'subject of a6abcaea-67d3-4619-aac9-b49e619f933b', '"a6abcaea-67d3-4619-aac9-b49e619f933b"', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_log VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', 1, '2026-11-21 09:59:39.187995+00', 'actor of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'action of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'subject of f89e7bde-78b7-4969-af18-9fa1737ff3db', '"f89e7bde-78b7-4969-af18-9fa1737ff3db"', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.audit_log VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 1, '2026-11-21 09:59:39.22186+00', 'actor of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'action of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'subject of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.comm_events_2026_11 VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '2026-11-21 09:59:39.138114+00', '2b6b7b82-57a6-4eec-84b0-daf4793c56bd', '2026-11-21 09:59:39.138114+00', 'sdk_instance_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'run_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'span_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'thread_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'from_agent of a6abcaea-67d3-4619-aac9-b49e619f933b', 'to_agent of a6abcaea-67d3-4619-aac9-b49e619f933b', 'message_type of a6abcaea-67d3-4619-aac9-b49e619f933b', '\x0000000000000000000000000000000000000000000000000000000000000000', '"a6abcaea-67d3-4619-aac9-b49e619f933b"');
INSERT INTO public.comm_events_2026_11 VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '2026-11-21 09:59:39.187995+00', '94041b3e-e0b5-4964-a678-8a55a8041ab5', '2026-11-21 09:59:39.187995+00', 'sdk_instance_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'run_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'span_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'thread_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'from_agent of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'to_agent of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'message_type of f89e7bde-78b7-4969-af18-9fa1737ff3db', '\x0000000000000000000000000000000000000000000000000000000000000000', '"f89e7bde-78b7-4969-af18-9fa1737ff3db"');
INSERT INTO public.comm_events_2026_11 VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '2026-11-21 09:59:39.22186+00', '3703304a-be7a-4b32-aa64-4e9b4539e15c', '2026-11-21 09:59:39.22186+00', 'sdk_instance_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'run_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'span_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'thread_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'from_agent of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'to_agent of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'message_type of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '\x0000000000000000000000000000000000000000000000000000000000000000', '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"');
INSERT INTO public.content VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 09:59:39.138114+00', '2026-11-21 09:59:39.138114+00');
INSERT INTO public.content VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 09:59:39.187995+00', '2026-11-21 09:59:39.187995+00');
INSERT INTO public.content VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 09:59:39.22186+00', '2026-11-21 09:59:39.22186+00');
INSERT INTO public.content_ids VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', 'content_id of a6abcaea-67d3-4619-aac9-b49e619f933b', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 09:59:39.138114+00');
INSERT INTO public.content_ids VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', 'content_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 09:59:39.187995+00');
INSERT INTO public.content_ids VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'content_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '\x0000000000000000000000000000000000000000000000000000000000000000', '2026-11-21 09:59:39.22186+00');
INSERT INTO public.control_events_2026_11 VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '2026-11-21 09:59:39.138114+00', '02b5fcd5-baaf-4dcc-b5c4-c7f8b9cd6431', '2026-11-21 09:59:39.138114+00', 'sdk_instance_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'agent_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'run_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'trace_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'span_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'provider of a6abcaea-67d3-4619-aac9-b49e619f933b', 'action of a6abcaea-67d3-4619-aac9-b49e619f933b', 'budget_id of a6abcaea-67d3-4619-aac9-b49e619f933b', '"a6abcaea-67d3-4619-aac9-b49e619f933b"');
INSERT INTO public.control_events_2026_11 VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '2026-11-21 09:59:39.187995+00', '1ac70786-b452-4473-8564-3cdb3952a9e7', '2026-11-21 09:59:39.187995+00', 'sdk_instance_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'agent_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'run_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'trace_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'span_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'provider of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'action of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'budget_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', '"f89e7bde-78b7-4969-af18-9fa1737ff3db"');
INSERT INTO public.control_events_2026_11 VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '2026-11-21 09:59:39.22186+00', '3212db96-9fd3-446e-ba30-79fde6706e50', '2026-11-21 09:59:39.22186+00', 'sdk_instance_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'agent_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'run_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'trace_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'span_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'provider of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'action of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'budget_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"');
INSERT INTO public.decision_events_2026_11 VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '2026-11-21 09:59:39.138114+00', 'd7fac152-148e-42c0-856d-c9d18ed208b0', '2026-11-21 09:59:39.138114+00', 'sdk_instance_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'agent_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'run_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'node_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'trace_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'span_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'kind of a6abcaea-67d3-4619-aac9-b49e619f933b', '"a6abcaea-67d3-4619-aac9-b49e619f933b"');
INSERT INTO public.decision_events_2026_11 VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '2026-11-21 09:59:39.187995+00', '2841faca-ba40-4dd3-a9fe-5bd667651e7c', '2026-11-21 09:59:39.187995+00', 'sdk_instance_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'agent_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'run_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'node_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'trace_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'span_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'kind of f89e7bde-78b7-4969-af18-9fa1737ff3db', '"f89e7bde-78b7-4969-af18-9fa1737ff3db"');
INSERT INTO public.decision_events_2026_11 VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '2026-11-21 09:59:39.22186+00', 'ed762ce9-1119-432e-a9ba-23140c6fd7aa', '2026-11-21 09:59:39.22186+00', 'sdk_instance_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'agent_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'run_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'node_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'trace_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'span_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'kind of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"');
INSERT INTO public.failure_packets VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', 'bb632daf-4a37-400d-8c6d-6e66c295c514', '2026-11-21 09:59:39.138114+00', 'agent_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'run_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'node_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'logic', 1, '"a6abcaea-67d3-4619-aac9-b49e619f933b"');
INSERT INTO public.failure_packets VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '2c3bca94-23d0-4d90-a456-fdf1bc04db1e', '2026-11-21 09:59:39.187995+00', 'agent_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'run_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'node_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'logic', 1, '"f89e7bde-78b7-4969-af18-9fa1737ff3db"');
INSERT INTO public.failure_packets VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'd8d72e49-06f7-4387-a962-2acc9372c45c', '2026-11-21 09:59:39.22186+00', 'agent_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'run_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'node_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'logic', 1, '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"');
INSERT INTO public.invitations VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '\x0000000000000000000000000000000000000000000000000000000000000000', 'email of a6abcaea-67d3-4619-aac9-b49e619f933b', 'viewer', '2026-11-21 09:59:39.138114+00', '2026-11-21 09:59:39.138114+00', '2026-11-21 09:59:39.138114+00');
INSERT INTO public.invitations VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '\x0000000000000000000000000000000000000000000000000000000000000000', 'email of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'viewer', '2026-11-21 09:59:39.187995+00', '2026-11-21 09:59:39.187995+00', '2026-11-21 09:59:39.187995+00');
INSERT INTO public.invitations VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '\x0000000000000000000000000000000000000000000000000000000000000000', 'email of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'viewer', '2026-11-21 09:59:39.22186+00', '2026-11-21 09:59:39.22186+00', '2026-11-21 09:59:39.22186+00');
INSERT INTO public.log_events_2026_11 VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '2026-11-21 09:59:39.138114+00', 'b3d2fb47-eab5-4e1f-9519-d5c105d776f9', '2026-11-21 09:59:39.138114+00', 'sdk_instance_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'agent_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'run_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'node_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'trace_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'level of a6abcaea-67d3-4619-aac9-b49e619f933b', 'message of a6abcaea-67d3-4619-aac9-b49e619f933b', '"a6abcaea-67d3-4619-aac9-b49e619f933b"');
INSERT INTO public.log_events_2026_11 VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '2026-11-21 09:59:39.187995+00', '31daaf72-5efe-40d3-8e29-5492924e7156', '2026-11-21 09:59:39.187995+00', 'sdk_instance_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'agent_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'run_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'node_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'trace_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'level of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'message of f89e7bde-78b7-4969-af18-9fa1737ff3db', '"f89e7bde-78b7-4969-af18-9fa1737ff3db"');
INSERT INTO public.log_events_2026_11 VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '2026-11-21 09:59:39.22186+00', '02e9d3f3-8241-4f4a-85ba-f701eb86fd6b', '2026-11-21 09:59:39.22186+00', 'sdk_instance_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'agent_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'run_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'node_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'trace_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'level of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'message of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"');
INSERT INTO public.members VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '09045349-6792-47ba-9bee-67127f2626ad', 'viewer', '2026-11-21 09:59:39.138114+00');
INSERT INTO public.members VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', 'b2eee368-dde0-40eb-b36f-ed7c87a334f0', 'viewer', '2026-11-21 09:59:39.187995+00');
INSERT INTO public.members VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'b04f3bb5-4a5b-44fe-8213-9fa6e33efd10', 'viewer', '2026-11-21 09:59:39.22186+00');
INSERT INTO public.metric_events_2026_11 VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '2026-11-21 09:59:39.138114+00', '7e7b9a84-14fe-4e13-b09a-2473c010f3de', '2026-11-21 09:59:39.138114+00', 'sdk_instance_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'agent_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'run_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'node_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'trace_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'span_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'provider of a6abcaea-67d3-4619-aac9-b49e619f933b', 'model_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"a6abcaea-67d3-4619-aac9-b49e619f933b"');
INSERT INTO public.metric_events_2026_11 VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '2026-11-21 09:59:39.187995+00', 'e76d98ca-044c-4535-9534-a70cfa8bc1ec', '2026-11-21 09:59:39.187995+00', 'sdk_instance_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'agent_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'run_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'node_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'trace_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'span_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'provider of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'model_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"f89e7bde-78b7-4969-af18-9fa1737ff3db"');
INSERT INTO public.metric_events_2026_11 VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '2026-11-21 09:59:39.22186+00', '6b583224-bac8-4b79-98c1-2e0b10b63457', '2026-11-21 09:59:39.22186+00', 'sdk_instance_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'agent_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'run_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'node_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'trace_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'span_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'provider of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'model_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'success', 1, 1, 1, 1, 1, 1, 1.0000000000, 'priced', '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"');
INSERT INTO public.metric_hours VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '2026-11-21 09:59:39.138114+00', 'agent_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'provider of a6abcaea-67d3-4619-aac9-b49e619f933b', 'model_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.metric_hours VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '2026-11-21 09:59:39.187995+00', 'agent_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'provider of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'model_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.metric_hours VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '2026-11-21 09:59:39.22186+00', 'agent_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'provider of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'model_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 1, 1, 1, 1, 1, 1, 1.0000000000, 1, 1);
INSERT INTO public.policies VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', 'policy_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'version of a6abcaea-67d3-4619-aac9-b49e619f933b', '"a6abcaea-67d3-4619-aac9-b49e619f933b"', '2026-11-21 09:59:39.138114+00', '2026-11-21 09:59:39.138114+00', 'updated_by of a6abcaea-67d3-4619-aac9-b49e619f933b');
INSERT INTO public.policies VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', 'policy_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'version of f89e7bde-78b7-4969-af18-9fa1737ff3db', '"f89e7bde-78b7-4969-af18-9fa1737ff3db"', '2026-11-21 09:59:39.187995+00', '2026-11-21 09:59:39.187995+00', 'updated_by of f89e7bde-78b7-4969-af18-9fa1737ff3db');
INSERT INTO public.policies VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'policy_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'version of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"', '2026-11-21 09:59:39.22186+00', '2026-11-21 09:59:39.22186+00', 'updated_by of a7ac7c80-b84c-455b-aa4f-08bf82795b19');
INSERT INTO public.quarantine VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '55e864d2-aef0-42c1-9b39-04cb5eb9bc9a', '2026-11-21 09:59:39.138114+00', 'sdk_instance_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'reason of a6abcaea-67d3-4619-aac9-b49e619f933b', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.quarantine VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '0578827e-5548-440d-b81d-12fae25af2f3', '2026-11-21 09:59:39.187995+00', 'sdk_instance_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'reason of f89e7bde-78b7-4969-af18-9fa1737ff3db', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.quarantine VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'e1f4f839-31a0-4cb3-82b5-f921724c7c67', '2026-11-21 09:59:39.22186+00', 'sdk_instance_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'reason of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '\x0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.schema_migrations VALUES (1, '0001_tenancy', '\x4171e5e5d28683465a9d772ba92c564bd68c94120f7b6ae0c4fdfd8b30308a22', '2026-11-21 09:59:38.719318+00');
INSERT INTO public.schema_migrations VALUES (2, '0002_events', '\x1739e77466be268526a0121cf901e2c444c1ad8808a45edfbc18f5838c1daa32', '2026-11-21 09:59:38.989776+00');
INSERT INTO public.schema_migrations VALUES (3, '0003_event_ids', '\x6506449f54457be9cfb3f6be2e97a2cb5827fbaec6cef6990520f58180eea4b4', '2026-11-21 09:59:39.060349+00');
INSERT INTO public.teams VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', 'name of a6abcaea-67d3-4619-aac9-b49e619f933b', '2026-11-21 09:59:39.138114+00');
INSERT INTO public.teams VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', 'name of f89e7bde-78b7-4969-af18-9fa1737ff3db', '2026-11-21 09:59:39.187995+00');
INSERT INTO public.teams VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'name of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '2026-11-21 09:59:39.22186+00');
INSERT INTO public.trace_events_2026_11 VALUES ('a6abcaea-67d3-4619-aac9-b49e619f933b', '2026-11-21 09:59:39.138114+00', '923b5549-6862-4228-9e7e-ed18a82fe548', '2026-11-21 09:59:39.138114+00', 'sdk_instance_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'agent_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'run_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'node_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'trace_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'span_id of a6abcaea-67d3-4619-aac9-b49e619f933b', 'kind of a6abcaea-67d3-4619-aac9-b49e619f933b', '"a6abcaea-67d3-4619-aac9-b49e619f933b"');
INSERT INTO public.trace_events_2026_11 VALUES ('f89e7bde-78b7-4969-af18-9fa1737ff3db', '2026-11-21 09:59:39.187995+00', '8cde6307-1bab-406d-bb16-fa2b1a77cc19', '2026-11-21 09:59:39.187995+00', 'sdk_instance_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'agent_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'run_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'node_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'trace_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'span_id of f89e7bde-78b7-4969-af18-9fa1737ff3db', 'kind of f89e7bde-78b7-4969-af18-9fa1737ff3db', '"f89e7bde-78b7-4969-af18-9fa1737ff3db"');
INSERT INTO public.trace_events_2026_11 VALUES ('a7ac7c80-b84c-455b-aa4f-08bf82795b19', '2026-11-21 09:59:39.22186+00', '1662b715-a479-44bb-b414-d8706328618b', '2026-11-21 09:59:39.22186+00', 'sdk_instance_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'agent_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'run_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'node_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'trace_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'span_id of a7ac7c80-b84c-455b-aa4f-08bf82795b19', 'kind of a7ac7c80-b84c-455b-aa4f-08bf82795b19', '"a7ac7c80-b84c-455b-aa4f-08bf82795b19"');
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
ALTER TABLE ONLY public.passwords
    ADD CONSTRAINT passwords_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.policies
    ADD CONSTRAINT policies_pkey PRIMARY KEY (team_id, policy_id);
ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (team_id, quarantine_id);
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (session_id, token_hash);
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
CREATE INDEX failure_packets_by_run ON public.failure_packets USING btree (team_id, run_id);
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
CREATE INDEX quarantine_by_time ON public.quarantine USING btree (team_id, received_at);
CREATE INDEX sessions_by_account ON public.sessions USING btree (account_id);
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
CREATE POLICY stale ON public.invitations TO hive_owner USING ((expires_at < (now() - '30 days'::interval)));
CREATE POLICY stale ON public.sessions TO hive_owner USING ((COALESCE(ended_at, expires_at) < (now() - '30 days'::interval)));
CREATE POLICY team ON public.api_keys USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.audit_heads USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.audit_log USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.comm_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.content USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.content_ids USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.control_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.decision_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.failure_packets USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.invitations USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.log_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.members USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.metric_events USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
CREATE POLICY team ON public.metric_hours USING ((team_id = ( SELECT public.hive_team() AS hive_team))) WITH CHECK ((team_id = ( SELECT public.hive_team() AS hive_team)));
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
REVOKE ALL ON FUNCTION public.hive_create_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_create_partitions() TO hive_app;
REVOKE ALL ON FUNCTION public.hive_guard(guarded regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.hive_sweep() FROM PUBLIC;
GRANT ALL ON FUNCTION public.hive_sweep() TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO hive_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_heads TO hive_app;
GRANT SELECT,INSERT ON TABLE public.audit_log TO hive_app;
GRANT SELECT,INSERT ON TABLE public.comm_events TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.content TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.content_ids TO hive_app;
GRANT SELECT,INSERT ON TABLE public.control_events TO hive_app;
GRANT SELECT,INSERT ON TABLE public.decision_events TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.failure_packets TO hive_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.installation TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.invitations TO hive_app;
GRANT SELECT,INSERT ON TABLE public.log_events TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.members TO hive_app;
GRANT SELECT,INSERT ON TABLE public.metric_events TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.metric_hours TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.passwords TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.policies TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quarantine TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.refresh_tokens TO hive_app;
GRANT SELECT ON TABLE public.schema_migrations TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO hive_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.teams TO hive_app;
GRANT SELECT,INSERT ON TABLE public.trace_events TO hive_app;
