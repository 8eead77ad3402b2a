"""Statements after the rows of others, as templates.

``{r}`` is a relation, ``{owner}`` its column that says whose a row is, ``{mine}`` and ``{other}`` are values
of it, ``{column}`` is any column, and ``{columns_of_other}`` are all of them with the owner replaced.
"""

from __future__ import annotations

TELLER = """CREATE FUNCTION pg_temp.tell(anything text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
            AS $$ BEGIN RAISE NOTICE '%', anything; RETURN true; END $$;
            CREATE FUNCTION pg_temp.tell_id(id uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
            AS $$ BEGIN RAISE NOTICE '%', id; RETURN true; END $$;
            CREATE FUNCTION pg_temp.tell_both(a uuid, b uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
            AS $$ BEGIN RAISE NOTICE '% %', a, b; RETURN true; END $$;
            CREATE OPERATOR pg_temp.<<< (
                LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = pg_temp.tell_both, RESTRICT = scalarltsel)"""
"""Functions that tell what they are asked, and an operator that the planner asks about its statistics."""

ASKS_STATISTICS = "<<<"

READS = (
    "SELECT * FROM {r}",
    "TABLE {r}",
    "SELECT * FROM ONLY {r}",
    "SELECT * FROM {r} TABLESAMPLE SYSTEM (100)",
    "SELECT * FROM {r} WHERE {owner} = {other}",
    "SELECT * FROM {r} WHERE {owner} <> {mine}",
    "SELECT {owner}, count(*) FROM {r} GROUP BY 1",
    "SELECT max({owner}::text), min({owner}::text) FROM {r}",
    "SELECT (SELECT string_agg(x::text, ',') FROM {r} x)",
    "SELECT b.* FROM {r} a RIGHT JOIN {r} b ON a.{owner} = b.{owner}",
    "SELECT * FROM {r} x WHERE pg_temp.tell(x::text)",
    "SELECT * FROM {r} x WHERE {owner} = {other} AND pg_temp.tell(x::text)",
    "SELECT * FROM {r} WHERE pg_temp.tell_id({owner})",
    (
        "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; "
        "SELECT * FROM {r} WHERE pg_temp.tell_id({owner})"
    ),
    "SELECT * FROM {r} x WHERE 1 / (CASE WHEN x.{owner} = {other} THEN 0 ELSE 1 END) = 1",
    "SELECT count(*) FROM {r} WHERE {owner} OPERATOR(pg_temp.<<<) {mine}",
    "EXPLAIN SELECT * FROM {r} WHERE {owner} OPERATOR(pg_temp.<<<) {mine}",
    "SELECT * FROM {r} UNION ALL SELECT * FROM {r} WHERE {owner} = ANY(ARRAY[{other}, {mine}])",
    "SELECT * FROM {r} ORDER BY {owner} OFFSET 0 FETCH FIRST ROW WITH TIES",
    "SELECT * FROM {r} WHERE {owner} = {other} FOR UPDATE",
    "SELECT * FROM {r} WHERE {owner} = {other} FOR KEY SHARE",
    "WITH x AS MATERIALIZED (SELECT * FROM {r}) SELECT * FROM x WHERE {owner} = {other}",
    "SELECT x.* FROM generate_series(1, 2) LEFT JOIN LATERAL (SELECT * FROM {r}) x ON true",
    "COPY {r} TO STDOUT",
    "COPY (SELECT * FROM {r}) TO STDOUT",
    "SET LOCAL row_security = off; SELECT * FROM {r}",
    "DECLARE peek NO SCROLL CURSOR FOR SELECT * FROM {r}; FETCH ALL FROM peek",
    "DEALLOCATE ALL; PREPARE peek AS SELECT * FROM {r}; EXECUTE peek",
    "CREATE TEMP TABLE peek ON COMMIT DROP AS SELECT * FROM {r}; TABLE peek",
    "CREATE TEMP VIEW peek AS SELECT * FROM {r}; TABLE peek",
    "SELECT word FROM ts_stat($peek$ SELECT array_to_tsvector(ARRAY[x::text]) FROM {r} x $peek$)",
    "DO $peek$ DECLARE x record; BEGIN FOR x IN TABLE {r} LOOP RAISE NOTICE '%', x; END LOOP; END $peek$",
    "UPDATE {r} x SET {owner} = x.{owner} FROM {r} y RETURNING y.*",
)
"""None of them may show a row of others."""

READS_OF_COLUMNS = ("SELECT {column}::text FROM {r}",)
"""For a right on some columns alone."""

WRITES = (
    "DELETE FROM {r} WHERE {owner} = {other}",
    "DELETE FROM {r} x USING {r} y WHERE x.{owner} = {other} RETURNING y.*",
    "UPDATE {r} SET {owner} = {owner} WHERE {owner} = {other}",
    "UPDATE {r} SET {owner} = {other}",
    "UPDATE {r} SET {owner} = {mine} WHERE {owner} = {other}",
    "INSERT INTO {r} SELECT {columns_of_other} FROM {r} WHERE {owner} = {mine}",
    "INSERT INTO {r} SELECT {columns_of_other} FROM {r} ON CONFLICT DO NOTHING",
    "INSERT INTO {r} SELECT {columns_of_mine} FROM {r} WHERE {owner} = {other} ON CONFLICT DO NOTHING",
    "WITH gone AS (DELETE FROM {r} WHERE {owner} = {other} RETURNING *) SELECT * FROM gone",
    "MERGE INTO {r} t USING (SELECT {other} AS o) s ON t.{owner} = s.o WHEN MATCHED THEN DELETE",
    "COPY {r} FROM STDIN",
)
"""None of them may touch a row: own rows are either left out or become another's, which is refused."""

POWERS = (
    "TRUNCATE {r} CASCADE",
    "ALTER TABLE {r} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {r} NO FORCE ROW LEVEL SECURITY",
    "CREATE POLICY all_mine ON {r} USING (true)",
    "DROP TABLE {r} CASCADE",
    "ALTER TABLE {r} OWNER TO hive_app",
    "ALTER TABLE {r} ADD COLUMN peek text",
    "CREATE RULE peek AS ON INSERT TO {r} DO ALSO NOTHING",
    "CREATE TRIGGER peek BEFORE INSERT ON {r} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE VIEW public.peek AS SELECT * FROM {r}",
    "CREATE INDEX ON {r} ({owner})",
    "CREATE TEMP TABLE peek () INHERITS ({r})",
    "COMMENT ON TABLE {r} IS 'seen'",
)
"""Each of them must be refused on every relation."""

POWERS_AT_ALL = (
    "SET LOCAL ROLE hive_owner",
    "SET LOCAL ROLE postgres",
    "SET LOCAL session_replication_role = replica",
    "ALTER ROLE hive_app BYPASSRLS",
    "ALTER ROLE hive_app SUPERUSER",
    "GRANT hive_owner TO hive_app",
    "GRANT pg_read_all_data TO hive_app",
    "CREATE ROLE peek",
    "CREATE SCHEMA peek",
    "CREATE TABLE public.peek ()",
    "CREATE FUNCTION public.peek() RETURNS int LANGUAGE sql RETURN 1",
    "CREATE OR REPLACE FUNCTION public.hive_team() RETURNS uuid LANGUAGE sql STABLE RETURN NULL::uuid",
    "ALTER FUNCTION public.hive_team() VOLATILE",
    "DROP FUNCTION public.hive_sweep()",
    "ALTER DEFAULT PRIVILEGES FOR ROLE hive_owner GRANT ALL ON TABLES TO hive_app",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/hostname')",
    "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'",
    "COPY (SELECT 1) TO '/tmp/hive-peek'",
    "SELECT hive_guard(oid) FROM pg_class WHERE relname ~ '^log_events_[0-9_]+$' LIMIT 1",
    "SELECT hive_keep('events')",
)
"""Each of them must be refused."""

ELSEWHERE = ("SELECT lo_get(oid) FROM pg_largeobject_metadata",)
"""None of them may show anything of others."""
