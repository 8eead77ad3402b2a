-- name: store
-- The same body under the same name again changes nothing but when it was used last.
INSERT INTO content (team_id, sha256, body, created_at, used_at)
VALUES (%(team_id)s, %(sha256)s, %(body)s, %(now)s, %(now)s)
ON CONFLICT (team_id, sha256) DO UPDATE SET used_at = greatest(content.used_at, EXCLUDED.used_at)

-- name: name
INSERT INTO content_ids (team_id, content_id, sha256, created_at)
VALUES (%(team_id)s, %(content_id)s, %(sha256)s, %(now)s)
ON CONFLICT DO NOTHING

-- name: named
SELECT sha256 FROM content_ids WHERE team_id = %(team_id)s AND content_id = %(content_id)s

-- name: read
SELECT body FROM content WHERE team_id = %(team_id)s AND sha256 = %(sha256)s
