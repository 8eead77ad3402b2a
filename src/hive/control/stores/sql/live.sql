-- name: place
-- Gives events that are being stored the positions that follow the last one; the lock of their transaction
-- makes this the order in which they become visible.
INSERT INTO event_batches (team_id, stream, last_position, first_time, last_time, event_ids)
SELECT %(team_id)s, %(stream)s, coalesce(max(last_position), 0) + cardinality(%(event_ids)s::uuid[]),
       %(first_time)s, %(last_time)s, %(event_ids)s::uuid[]
  FROM event_batches WHERE team_id = %(team_id)s AND stream = %(stream)s

-- name: newest
SELECT coalesce(max(last_position), 0) AS newest
  FROM event_batches WHERE team_id = %(team_id)s AND stream = %(stream)s

-- name: after
-- Lists what comes after a position, up to the batch that completes the limit, and of that no more.
SELECT greatest(last_position - cardinality(event_ids), %(after)s) AS before, first_time, last_time,
       event_ids[greatest(%(after)s - last_position + cardinality(event_ids), 0) + 1
                 : greatest(%(after)s - last_position + cardinality(event_ids), 0) + %(limit)s] AS event_ids,
       (SELECT max(last_position) FROM event_batches
         WHERE team_id = %(team_id)s AND stream = %(stream)s) AS newest
  FROM event_batches
 WHERE team_id = %(team_id)s AND stream = %(stream)s AND last_position > %(after)s
   AND last_position <= coalesce((SELECT min(last_position) FROM event_batches
                                   WHERE team_id = %(team_id)s AND stream = %(stream)s
                                     AND last_position >= %(after)s + %(limit)s),
                                 %(after)s + %(limit)s)
 ORDER BY last_position

-- name: sweep
SELECT hive_sweep_batches() AS swept

-- name: show_llm_events
-- Names the currency where the sender told a cost in another one than US dollars: that cost does not count.
SELECT event_id, timestamp, trace_id, model_id AS model, provider, agent_id AS agent, input_tokens, output_tokens,
       cost_usd::float8 AS cost, cost_source,
       CASE WHEN cost_source = 'reported' OR coalesce(upper(body #>> '{data,currency}'), '') IN ('', 'USD') THEN NULL
            WHEN coalesce(body #>> '{data,total_cost}', body #>> '{data,cost_usd}', body #>> '{data,input_cost}',
                          body #>> '{data,output_cost}') IS NOT NULL THEN upper(body #>> '{data,currency}')
        END AS uncounted_currency,
       latency_ms, run_id, node_id, status
  FROM metric_events
 WHERE team_id = %(team_id)s AND event_id = ANY(%(event_ids)s) AND timestamp BETWEEN %(first_time)s AND %(last_time)s

-- name: show_logs
SELECT event_id, timestamp, level, left(message, 2000) AS message, length(message) > 2000 AS is_cut,
       agent_id AS agent, run_id, node_id, trace_id
  FROM log_events
 WHERE team_id = %(team_id)s AND event_id = ANY(%(event_ids)s) AND timestamp BETWEEN %(first_time)s AND %(last_time)s

-- name: show_traces
SELECT event_id, timestamp, kind, agent_id AS agent, run_id, node_id, trace_id, span_id,
       body #>> '{data,from_node}' AS from_node, body #>> '{data,to_node}' AS to_node,
       body #>> '{data,status}' AS status
  FROM trace_events
 WHERE team_id = %(team_id)s AND event_id = ANY(%(event_ids)s) AND timestamp BETWEEN %(first_time)s AND %(last_time)s

-- name: show_decisions
SELECT event_id, timestamp, kind, agent_id AS agent, run_id, node_id, trace_id, span_id,
       left(body #>> '{data,chosen}', 2000) AS chosen
  FROM decision_events
 WHERE team_id = %(team_id)s AND event_id = ANY(%(event_ids)s) AND timestamp BETWEEN %(first_time)s AND %(last_time)s

-- name: show_messages
SELECT event_id, timestamp, thread_id, from_agent, to_agent, message_type, run_id, span_id
  FROM comm_events
 WHERE team_id = %(team_id)s AND event_id = ANY(%(event_ids)s) AND timestamp BETWEEN %(first_time)s AND %(last_time)s

-- name: show_controls
SELECT event_id, timestamp, agent_id AS agent, run_id, trace_id, provider, action, budget_id,
       body ->> 'original_model' AS model, left(body ->> 'reason', 2000) AS reason
  FROM control_events
 WHERE team_id = %(team_id)s AND event_id = ANY(%(event_ids)s) AND timestamp BETWEEN %(first_time)s AND %(last_time)s

-- name: show_heartbeats
SELECT event_id, timestamp, sdk_instance_id, agent_id AS agent, body ->> 'status' AS status,
       body -> 'requests_since_last' AS requests, body -> 'errors_since_last' AS errors,
       body ->> 'sdk_version' AS sdk_version
  FROM trace_events
 WHERE team_id = %(team_id)s AND event_id = ANY(%(event_ids)s) AND timestamp BETWEEN %(first_time)s AND %(last_time)s
