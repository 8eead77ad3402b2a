-- name: is_on
SELECT hive_is_columnstore() AS is_on

-- name: has_extension
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS is_there

-- name: convert
-- Makes every event table a hypertable of weeks with its rows, checks and indexes; compressed once nothing late can come.
DO $$
DECLARE
    parent   regclass;
    name     text;
    remake   text[];
    each     text;
BEGIN
    CREATE SCHEMA hive_app;
    GRANT USAGE ON SCHEMA hive_app TO hive_app;
    DROP VIEW metric_days;
    FOR parent, name IN
        SELECT oid, relname FROM pg_class
         WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace AND relname LIKE '%\_events' ORDER BY relname
    LOOP
        SELECT array_agg(CASE WHEN conname IS NULL THEN replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
                   ELSE format('ALTER TABLE public.%I ADD CONSTRAINT %I %s', name, conname, pg_get_constraintdef(c.oid))
                   END ORDER BY indexrelid)
          INTO remake
          FROM pg_index LEFT JOIN pg_constraint c ON conindid = indexrelid AND conrelid = indrelid
         WHERE indrelid = parent;
        EXECUTE format('CREATE TABLE public.hive_converted (LIKE %s INCLUDING ALL EXCLUDING INDEXES)', parent);
        PERFORM create_hypertable('public.hive_converted', by_range('timestamp', interval '7 days'),
                                  create_default_indexes => false);
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', parent);
        EXECUTE format('INSERT INTO public.hive_converted SELECT * FROM %s', parent);
        EXECUTE format('DROP TABLE %s', parent);
        EXECUTE format('ALTER TABLE public.hive_converted RENAME TO %I', name);
        FOREACH each IN ARRAY remake LOOP
            EXECUTE each;
        END LOOP;
        EXECUTE format('ALTER TABLE public.%I SET (timescaledb.compress, timescaledb.compress_segmentby = %L, '
                       'timescaledb.compress_orderby = %L)', name, 'team_id', 'timestamp, event_id');
        PERFORM add_compression_policy(format('public.%I', name)::regclass, interval '45 days');
    END LOOP;
    CREATE MATERIALIZED VIEW public.metric_days
        WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
        SELECT team_id, time_bucket(interval '1 day', timestamp) AS bucket, agent_id, provider, model_id,
               count(*) AS request_count, count(*) FILTER (WHERE status = 'success') AS success_count,
               sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
               sum(cached_tokens)::bigint AS cached_tokens, sum(token_count)::bigint AS token_count,
               sum(cost_usd) AS cost_usd, count(*) FILTER (WHERE cost_source = 'unknown') AS unpriced_count,
               sum(latency_ms) AS latency_ms
          FROM public.metric_events
         GROUP BY 1, 2, 3, 4, 5
        WITH NO DATA;
    PERFORM add_continuous_aggregate_policy('public.metric_days', start_offset => interval '40 days',
        end_offset => interval '1 hour', schedule_interval => interval '15 minutes');
END $$

-- name: views
-- Gives the application's role its window on each table: the rows of its team, for reading and for writing.
DO $$
DECLARE
    name   text;
    rights text;
BEGIN
    FOR name, rights IN
        SELECT hypertable_name, 'SELECT, INSERT' FROM timescaledb_information.hypertables
         WHERE hypertable_schema = 'public'
        UNION ALL
        SELECT view_name, 'SELECT' FROM timescaledb_information.continuous_aggregates WHERE view_schema = 'public'
    LOOP
        EXECUTE format('REVOKE ALL ON public.%I FROM hive_app, PUBLIC', name);
        EXECUTE format('DROP VIEW IF EXISTS hive_app.%I', name);
        EXECUTE format(
            'CREATE VIEW hive_app.%1$I WITH (security_barrier) AS SELECT * FROM public.%1$I '
            'WHERE team_id = (SELECT hive_team())%2$s', name,
            CASE rights WHEN 'SELECT' THEN '' ELSE ' WITH CASCADED CHECK OPTION' END);
        EXECUTE format('GRANT %s ON hive_app.%I TO hive_app', rights, name);
    END LOOP;
END $$
