-- name: insert
INSERT INTO sessions (session_id, account_id, open_team, created_at, expires_at)
VALUES (%(session_id)s, %(account_id)s, %(team_id)s, %(created_at)s, %(expires_at)s)

-- name: insert_token
INSERT INTO refresh_tokens (session_id, token_hash, issued_at)
VALUES (%(session_id)s, %(token_hash)s, %(issued_at)s)

-- name: live
SELECT account_id, open_team FROM sessions
 WHERE session_id = %(session_id)s AND ended_at IS NULL AND expires_at > %(now)s

-- name: open_team
UPDATE sessions SET open_team = %(team_id)s WHERE session_id = %(session_id)s

-- name: use_token
UPDATE refresh_tokens SET used_at = %(now)s
 WHERE session_id = %(session_id)s AND token_hash = %(token_hash)s AND used_at IS NULL

-- name: knows_token
SELECT EXISTS (SELECT FROM refresh_tokens WHERE session_id = %(session_id)s AND token_hash = %(token_hash)s)
       AS is_known

-- name: end
UPDATE sessions SET ended_at = %(now)s, end_reason = %(reason)s
 WHERE session_id = %(session_id)s AND ended_at IS NULL

-- name: end_others
UPDATE sessions SET ended_at = %(now)s, end_reason = %(reason)s
 WHERE account_id = %(account_id)s AND session_id <> %(session_id)s AND ended_at IS NULL

-- name: sweep
SELECT hive_sweep() AS swept

-- name: standing
SELECT members.role
  FROM sessions JOIN members USING (account_id)
 WHERE session_id = %(session_id)s AND account_id = %(account_id)s AND members.team_id = %(team_id)s
   AND ended_at IS NULL AND expires_at > %(now)s
