-- name: insert
INSERT INTO api_keys (team_id, key_id, name, secret_hash, scopes, created_by, created_at, expires_at)
VALUES (%(team_id)s, %(key_id)s, %(name)s, %(secret_hash)s, %(scopes)s, %(created_by)s, %(created_at)s,
        %(expires_at)s)

-- name: presented
SELECT team_id, secret_hash, scopes, expires_at, revoked_at FROM api_keys WHERE key_id = %(key_id)s

-- name: list
SELECT key_id, name, scopes, created_at, expires_at, revoked_at
  FROM api_keys WHERE team_id = %(team_id)s ORDER BY created_at, key_id

-- name: revoke
UPDATE api_keys SET revoked_at = coalesce(revoked_at, %(now)s)
 WHERE team_id = %(team_id)s AND key_id = %(key_id)s
