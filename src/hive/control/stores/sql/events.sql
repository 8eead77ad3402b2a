-- name: lock
-- One writer of a team's events at a time: nobody stores an event between the look for it and the insert.
SELECT pg_advisory_xact_lock(hashtextextended('events ' || %(team_id)s::text, 0))

-- name: make_metric
CREATE TEMPORARY TABLE incoming_metric (LIKE metric_events) ON COMMIT DROP

-- name: copy_metric
COPY incoming_metric (
    team_id, timestamp, event_id, received_at, sdk_instance_id, agent_id, run_id, node_id, trace_id,
    span_id, provider, model_id, status, latency_ms, input_tokens, output_tokens, cached_tokens,
    reasoning_tokens, token_count, cost_usd, cost_source, body
) FROM STDIN

-- name: insert_metric
-- Stores the events that are not there yet, adds exactly those to the sums of their hours, and returns the rest.
WITH known AS (
    SELECT event_id FROM metric_events
     WHERE team_id = %(team_id)s AND event_id = ANY(ARRAY(SELECT event_id FROM incoming_metric))
       AND timestamp > %(since)s
), stored AS (
    INSERT INTO metric_events
    SELECT * FROM incoming_metric
     WHERE team_id = %(team_id)s AND event_id NOT IN (SELECT event_id FROM known)
     ORDER BY timestamp, event_id
    RETURNING event_id, team_id, timestamp, agent_id, provider, model_id, status, input_tokens, output_tokens,
              cached_tokens, token_count, cost_usd, cost_source, latency_ms
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
SELECT event_id FROM incoming_metric WHERE event_id NOT IN (SELECT event_id FROM stored)

-- name: make_trace
CREATE TEMPORARY TABLE incoming_trace (LIKE trace_events) ON COMMIT DROP

-- name: copy_trace
COPY incoming_trace (
    team_id, timestamp, event_id, received_at, sdk_instance_id, agent_id, run_id, node_id, trace_id,
    span_id, kind, body
) FROM STDIN

-- name: insert_trace
WITH known AS (
    SELECT event_id FROM trace_events
     WHERE team_id = %(team_id)s AND event_id = ANY(ARRAY(SELECT event_id FROM incoming_trace))
       AND timestamp > %(since)s
), stored AS (
    INSERT INTO trace_events
    SELECT * FROM incoming_trace
     WHERE team_id = %(team_id)s AND event_id NOT IN (SELECT event_id FROM known)
     ORDER BY timestamp, event_id
    RETURNING event_id
)
SELECT event_id FROM incoming_trace WHERE event_id NOT IN (SELECT event_id FROM stored)

-- name: make_decision
CREATE TEMPORARY TABLE incoming_decision (LIKE decision_events) ON COMMIT DROP

-- name: copy_decision
COPY incoming_decision (
    team_id, timestamp, event_id, received_at, sdk_instance_id, agent_id, run_id, node_id, trace_id,
    span_id, kind, body
) FROM STDIN

-- name: insert_decision
WITH known AS (
    SELECT event_id FROM decision_events
     WHERE team_id = %(team_id)s AND event_id = ANY(ARRAY(SELECT event_id FROM incoming_decision))
       AND timestamp > %(since)s
), stored AS (
    INSERT INTO decision_events
    SELECT * FROM incoming_decision
     WHERE team_id = %(team_id)s AND event_id NOT IN (SELECT event_id FROM known)
     ORDER BY timestamp, event_id
    RETURNING event_id
)
SELECT event_id FROM incoming_decision WHERE event_id NOT IN (SELECT event_id FROM stored)

-- name: make_log
CREATE TEMPORARY TABLE incoming_log (LIKE log_events) ON COMMIT DROP

-- name: copy_log
COPY incoming_log (
    team_id, timestamp, event_id, received_at, sdk_instance_id, agent_id, run_id, node_id, trace_id, level,
    message, body
) FROM STDIN

-- name: insert_log
WITH known AS (
    SELECT event_id FROM log_events
     WHERE team_id = %(team_id)s AND event_id = ANY(ARRAY(SELECT event_id FROM incoming_log))
       AND timestamp > %(since)s
), stored AS (
    INSERT INTO log_events
    SELECT * FROM incoming_log
     WHERE team_id = %(team_id)s AND event_id NOT IN (SELECT event_id FROM known)
     ORDER BY timestamp, event_id
    RETURNING event_id
)
SELECT event_id FROM incoming_log WHERE event_id NOT IN (SELECT event_id FROM stored)

-- name: make_comm
CREATE TEMPORARY TABLE incoming_comm (LIKE comm_events) ON COMMIT DROP

-- name: copy_comm
COPY incoming_comm (
    team_id, timestamp, event_id, received_at, sdk_instance_id, run_id, span_id, thread_id, from_agent,
    to_agent, message_type, content_hash, body
) FROM STDIN

-- name: insert_comm
WITH known AS (
    SELECT event_id FROM comm_events
     WHERE team_id = %(team_id)s AND event_id = ANY(ARRAY(SELECT event_id FROM incoming_comm))
       AND timestamp > %(since)s
), stored AS (
    INSERT INTO comm_events
    SELECT * FROM incoming_comm
     WHERE team_id = %(team_id)s AND event_id NOT IN (SELECT event_id FROM known)
     ORDER BY timestamp, event_id
    RETURNING event_id
)
SELECT event_id FROM incoming_comm WHERE event_id NOT IN (SELECT event_id FROM stored)

-- name: make_control
CREATE TEMPORARY TABLE incoming_control (LIKE control_events) ON COMMIT DROP

-- name: copy_control
COPY incoming_control (
    team_id, timestamp, event_id, received_at, sdk_instance_id, agent_id, run_id, trace_id, span_id,
    provider, action, budget_id, body
) FROM STDIN

-- name: insert_control
WITH known AS (
    SELECT event_id FROM control_events
     WHERE team_id = %(team_id)s AND event_id = ANY(ARRAY(SELECT event_id FROM incoming_control))
       AND timestamp > %(since)s
), stored AS (
    INSERT INTO control_events
    SELECT * FROM incoming_control
     WHERE team_id = %(team_id)s AND event_id NOT IN (SELECT event_id FROM known)
     ORDER BY timestamp, event_id
    RETURNING event_id
)
SELECT event_id FROM incoming_control WHERE event_id NOT IN (SELECT event_id FROM stored)

-- name: quarantine
INSERT INTO quarantine (team_id, quarantine_id, received_at, sdk_instance_id, reason, raw)
SELECT %(team_id)s, *
  FROM unnest(%(quarantine_ids)s::uuid[], %(times)s::timestamptz[], %(senders)s::text[], %(reasons)s::text[],
              %(raws)s::bytea[])
ON CONFLICT DO NOTHING
