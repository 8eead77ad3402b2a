-- name: store
-- A body that is there already changes nothing but when it was used last.
INSERT INTO content (team_id, sha256, body, created_at, used_at)
SELECT %(team_id)s, sha256, body, %(now)s, %(now)s
  FROM unnest(%(digests)b::bytea[], %(bodies)b::bytea[]) AS sent (sha256, body)
ON CONFLICT (team_id, sha256) DO UPDATE SET used_at = greatest(content.used_at, EXCLUDED.used_at)

-- name: name
INSERT INTO content_ids (team_id, content_id, sha256, created_at)
SELECT %(team_id)s, content_id, sha256, %(now)s
  FROM unnest(%(names)s::text[], %(named)b::bytea[]) AS sent (content_id, sha256)
ON CONFLICT DO NOTHING

-- name: named
SELECT content_id, sha256 FROM content_ids WHERE team_id = %(team_id)s AND content_id = ANY(%(names)s)

-- name: read
SELECT body FROM content WHERE team_id = %(team_id)s AND sha256 = %(sha256)s
