"""Holes in the walls between teams, each planted by a superuser: what finds none of them is worth nothing."""

from __future__ import annotations

from typing import NamedTuple


class Hole(NamedTuple):
    """A hole: how it is planted, what a probe names that finds it, and the beginning of one that must.

    Attributes:
        mend: undoes what outlives a database.
    """

    plant: str
    about: str
    found_by: str
    mend: str = ""


ANYWHERE: dict[str, Hole] = {
    "no row-level security": Hole(
        "ALTER TABLE quarantine DISABLE ROW LEVEL SECURITY", "public.quarantine", "SELECT * FROM"
    ),
    "a policy that lets all see": Hole(
        "CREATE POLICY hole ON content FOR SELECT USING (true)", "public.content", "TABLE"
    ),
    "a policy that lets all change": Hole(
        "CREATE POLICY hole ON content USING (true)", "public.content", "DELETE FROM"
    ),
    "no check of what is written": Hole(
        "DROP POLICY team ON policies; "
        "CREATE POLICY team ON policies USING (team_id = (SELECT hive_team())) WITH CHECK (true)",
        "public.policies",
        "INSERT INTO",
    ),
    "a view with its maker's rights": Hole(
        "CREATE VIEW public.hole AS SELECT * FROM content; GRANT SELECT ON public.hole TO hive_app",
        "public.hole",
        "COPY (SELECT",
    ),
    "a view that anybody may change": Hole(
        "CREATE VIEW public.hole AS SELECT * FROM content WHERE team_id = hive_team(); "
        "GRANT SELECT, INSERT ON public.hole TO hive_app",
        "public.hole",
        "INSERT INTO",
    ),
    "a materialized view": Hole(
        "CREATE MATERIALIZED VIEW public.hole AS TABLE content; GRANT SELECT ON public.hole TO hive_app",
        "public.hole",
        "SELECT * FROM ONLY",
    ),
    "a table that names no team": Hole(
        "CREATE TABLE public.hole AS SELECT body FROM content; GRANT SELECT ON public.hole TO hive_app",
        "public.hole",
        "SELECT * FROM public.hole",
    ),
    "a sequence": Hole(
        "CREATE SEQUENCE public.hole; GRANT SELECT ON public.hole TO hive_app",
        "public.hole",
        "SELECT * FROM public.hole",
    ),
    "an owner": Hole(
        "ALTER TABLE quarantine OWNER TO hive_app", "public.quarantine", "ALTER TABLE public.quarantine DIS"
    ),
    "emptying": Hole("GRANT TRUNCATE ON quarantine TO hive_app", "public.quarantine", "TRUNCATE"),
    "a definer's function for any team": Hole(
        "CREATE FUNCTION hive_hole(team uuid) RETURNS SETOF content LANGUAGE sql SECURITY DEFINER "
        "RETURN NULL::content; CREATE OR REPLACE FUNCTION hive_hole(team uuid) RETURNS SETOF content "
        "LANGUAGE sql SECURITY DEFINER AS $$ SELECT * FROM content WHERE team_id = team $$",
        "hive_hole",
        "SELECT x::text FROM public.hive_hole",
    ),
    "a definer's function for all": Hole(
        "CREATE FUNCTION hive_hole() RETURNS text LANGUAGE sql SECURITY DEFINER "
        "AS $$ SELECT string_agg(name, ',') FROM teams $$",
        "hive_hole",
        "SELECT x::text FROM public.hive_hole",
    ),
    "passwords": Hole("CREATE POLICY hole ON passwords USING (true)", "public.passwords", "DELETE"),
    "sessions by all": Hole("CREATE POLICY hole ON sessions USING (true)", "public.sessions", "SELECT *"),
    "refresh tokens": Hole(
        "ALTER TABLE refresh_tokens DISABLE ROW LEVEL SECURITY", "public.refresh_tokens", "SELECT token_hash"
    ),
    "a session handed over": Hole(
        "GRANT UPDATE ON sessions TO hive_app", "public.sessions", "UPDATE public.sessions SET account_id"
    ),
    "fellows by force": Hole(
        "DROP POLICY own_hand ON members", "public.members", "INSERT INTO public.members SELECT"
    ),
    "the first team": Hole(
        "ALTER TABLE installation DISABLE ROW LEVEL SECURITY", "public.installation", "SELECT first_team"
    ),
    "statistics": Hole(
        "GRANT SELECT ON pg_statistic TO hive_app", "pg_catalog.pg_statistic", "SELECT * FROM"
    ),
    "a large object": Hole(
        "SELECT lo_from_bytea(4242, (SELECT string_agg(body, '') FROM content)); "
        "GRANT SELECT ON LARGE OBJECT 4242 TO PUBLIC",
        "pg_largeobject_metadata",
        "SELECT lo_get",
    ),
    "a schema to make things in": Hole(
        "GRANT CREATE ON SCHEMA public TO hive_app", "CREATE", "CREATE TABLE public.peek"
    ),
    "no role-level bound": Hole(
        "ALTER ROLE hive_app BYPASSRLS", "public.content", "SELECT *", "ALTER ROLE hive_app NOBYPASSRLS"
    ),
    "the owner's role": Hole(
        "GRANT hive_owner TO hive_app", "ROLE", "SET LOCAL ROLE hive_owner", "REVOKE hive_owner FROM hive_app"
    ),
}
"""On every ground."""

ON_PARTITIONS: dict[str, Hole] = {
    "a partition": Hole(
        "GRANT SELECT ON log_events_{month} TO hive_app; "
        "ALTER TABLE log_events_{month} DISABLE ROW LEVEL SECURITY",
        "log_events_{month}",
        "SELECT * FROM public.log_events_",
    ),
    "a column of a partition": Hole(
        "GRANT SELECT (message) ON log_events_{month} TO hive_app; "
        "ALTER TABLE log_events_{month} DISABLE ROW LEVEL SECURITY",
        "log_events_{month}",
        "SELECT message::text",
    ),
    "a partition for writing": Hole(
        "GRANT SELECT, INSERT ON log_events_{month} TO hive_app; "
        "CREATE POLICY hole ON log_events_{month} USING (team_id = hive_team()) WITH CHECK (true)",
        "log_events_{month}",
        "INSERT INTO",
    ),
    "the sums of days": Hole(
        "ALTER VIEW metric_days SET (security_invoker = false); ALTER VIEW metric_days OWNER TO postgres",
        "public.metric_days",
        "SELECT agent_id",
    ),
    "programs of the server": Hole(
        "GRANT pg_execute_server_program TO hive_app WITH INHERIT TRUE",
        "PROGRAM",
        "COPY (SELECT 1) TO PROGRAM",
        "REVOKE pg_execute_server_program FROM hive_app",
    ),
}
"""Where events lie in partitions."""

BEHIND_VIEWS: dict[str, Hole] = {
    "a view that filters nothing": Hole(
        "CREATE OR REPLACE VIEW hive_app.log_events AS TABLE public.log_events",
        "hive_app.log_events",
        "SELECT *",
    ),
    "a view that checks nothing": Hole(
        "CREATE OR REPLACE VIEW hive_app.decision_events WITH (security_barrier) AS "
        "SELECT * FROM public.decision_events WHERE team_id = (SELECT hive_team())",
        "hive_app.decision_events",
        "INSERT INTO",
    ),
    "a view that is no barrier": Hole(
        "ALTER VIEW hive_app.trace_events SET (security_barrier = false)",
        "hive_app.trace_events",
        "SET LOCAL enable_indexscan",
    ),
    "the table beneath": Hole(
        "GRANT SELECT ON public.comm_events TO hive_app",
        "public.comm_events",
        "SELECT",
        "REVOKE SELECT ON public.comm_events FROM hive_app",
    ),
    "a column beneath": Hole(
        "GRANT SELECT (agent_id) ON public.metric_days TO hive_app",
        "public.metric_days",
        "SELECT agent_id",
        "REVOKE SELECT (agent_id) ON public.metric_days FROM hive_app",
    ),
    "the sums beneath": Hole(
        "GRANT SELECT ON public.metric_days TO hive_app",
        "public.metric_days",
        "TABLE",
        "REVOKE SELECT ON public.metric_days FROM hive_app",
    ),
    "all that lies there": Hole(
        "GRANT pg_read_all_data TO hive_app WITH INHERIT TRUE",
        "_timescaledb_internal",
        "SELECT",
        "REVOKE pg_read_all_data FROM hive_app",
    ),
}
"""Where events lie behind views; each is planted beside those before that nothing mended."""
