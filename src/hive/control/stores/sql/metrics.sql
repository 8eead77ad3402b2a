-- name: insert
-- Stores the events that are not there yet, and adds exactly those to the sums of their hours.
WITH stored AS (
    INSERT INTO metric_events (
        team_id, timestamp, event_id, received_at, sdk_instance_id, agent_id, run_id, node_id, trace_id, span_id,
        provider, model_id, status, latency_ms, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
        token_count, cost_usd, cost_source, body)
    SELECT %(team_id)s, timestamp, event_id, %(now)s, sdk_instance_id, agent_id, run_id, node_id, trace_id, span_id,
           provider, model_id, status, latency_ms, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
           token_count, cost_usd, cost_source, body
      FROM jsonb_to_recordset(%(rows)s) AS new (
           timestamp timestamptz, event_id uuid, sdk_instance_id text, agent_id text, run_id text, node_id text,
           trace_id text, span_id text, provider text, model_id text, status text, latency_ms double precision,
           input_tokens bigint, output_tokens bigint, cached_tokens bigint, reasoning_tokens bigint,
           token_count bigint, cost_usd numeric, cost_source text, body jsonb)
     ORDER BY timestamp, event_id
    ON CONFLICT DO NOTHING
    RETURNING *
), summed AS (
    INSERT INTO metric_hours AS hours (
        team_id, bucket, agent_id, provider, model_id, request_count, success_count, input_tokens, output_tokens,
        cached_tokens, token_count, cost_usd, unpriced_count, latency_ms)
    SELECT team_id, date_trunc('hour', timestamp, 'UTC'), agent_id, provider, model_id, count(*),
           count(*) FILTER (WHERE status = 'success'), sum(input_tokens), sum(output_tokens), sum(cached_tokens),
           sum(token_count), sum(cost_usd), count(*) FILTER (WHERE cost_source = 'unknown'), sum(latency_ms)
      FROM stored
     GROUP BY 1, 2, 3, 4, 5
     ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (team_id, bucket, agent_id, provider, model_id) DO UPDATE
       SET request_count = hours.request_count + EXCLUDED.request_count,
           success_count = hours.success_count + EXCLUDED.success_count,
           input_tokens = hours.input_tokens + EXCLUDED.input_tokens,
           output_tokens = hours.output_tokens + EXCLUDED.output_tokens,
           cached_tokens = hours.cached_tokens + EXCLUDED.cached_tokens,
           token_count = hours.token_count + EXCLUDED.token_count,
           cost_usd = hours.cost_usd + EXCLUDED.cost_usd,
           unpriced_count = hours.unpriced_count + EXCLUDED.unpriced_count,
           latency_ms = hours.latency_ms + EXCLUDED.latency_ms
)
SELECT event_id FROM stored
