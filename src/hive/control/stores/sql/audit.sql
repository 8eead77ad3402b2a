-- name: lock_head
SELECT pg_advisory_xact_lock(hashtextextended('audit ' || %(team_id)s::text, 0))

-- name: head
SELECT seq, hash FROM audit_heads WHERE team_id = %(team_id)s

-- name: insert
INSERT INTO audit_log (team_id, seq, occurred_at, actor, action, subject, details, hash)
VALUES (%(team_id)s, %(seq)s, %(occurred_at)s, %(actor)s, %(action)s, %(subject)s, %(details)s, %(hash)s)

-- name: set_head
INSERT INTO audit_heads (team_id, seq, hash) VALUES (%(team_id)s, %(seq)s, %(hash)s)
ON CONFLICT (team_id) DO UPDATE SET seq = EXCLUDED.seq, hash = EXCLUDED.hash

-- name: page
SELECT team_id, seq, occurred_at, actor, action, subject, details, hash FROM audit_log
 WHERE team_id = %(team_id)s AND seq > %(after)s ORDER BY seq LIMIT %(most)s

-- name: chains
SELECT team_id FROM audit_log UNION SELECT team_id FROM audit_heads ORDER BY team_id
