-- name: read
SELECT teams.created_at AS team_created_at, version, document, policies.created_at, updated_at, updated_by
  FROM teams LEFT JOIN policies ON policies.team_id = teams.team_id AND policy_id = %(policy_id)s
 WHERE teams.team_id = %(team_id)s

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended('policy ' || %(team_id)s::text, 0))

-- name: write
INSERT INTO policies (team_id, policy_id, version, document, created_at, updated_at, updated_by)
VALUES (%(team_id)s, %(policy_id)s, %(version)s, %(document)s, %(now)s, %(now)s, %(updated_by)s)
ON CONFLICT (team_id, policy_id) DO UPDATE
   SET version = EXCLUDED.version, document = EXCLUDED.document, updated_at = EXCLUDED.updated_at,
       updated_by = EXCLUDED.updated_by

-- name: spent
SELECT coalesce(sum(cost_usd), 0) AS usd FROM metric_hours
 WHERE team_id = %(team_id)s AND bucket >= %(since)s

-- name: models
SELECT provider, model_id FROM metric_hours
 WHERE team_id = %(team_id)s AND bucket >= %(since)s
 GROUP BY provider, model_id ORDER BY max(bucket) DESC, provider, model_id LIMIT 100

-- name: last_model
-- Looks at the newest calls only: for a process that made none, it would read all of the team's day.
SELECT model_id
  FROM (SELECT model_id, sdk_instance_id, timestamp FROM metric_events
         WHERE team_id = %(team_id)s AND timestamp > now() - interval '1 day'
         ORDER BY timestamp DESC LIMIT 2000) AS newest
 WHERE %(sender)s::text IS NULL OR sdk_instance_id = %(sender)s
 ORDER BY timestamp DESC LIMIT 1
