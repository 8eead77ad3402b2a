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
SELECT coalesce(sum(cost_usd), 0) AS usd FROM metric_months
 WHERE team_id = %(team_id)s AND month = %(since)s

-- name: last_model
-- Looks at the newest calls only: for a process that made none, it would read all of the team's day.
SELECT provider, model_id
  FROM (SELECT provider, model_id, sdk_instance_id, timestamp FROM metric_events
         WHERE team_id = %(team_id)s AND timestamp > now() - interval '1 day'
         ORDER BY timestamp DESC LIMIT 2000) AS newest
 WHERE %(sender)s::text IS NULL OR sdk_instance_id = %(sender)s
 ORDER BY timestamp DESC LIMIT 1

-- name: many
SELECT * FROM hive_policies(%(team_ids)s::uuid[], %(policy_id)s, %(since)s)
