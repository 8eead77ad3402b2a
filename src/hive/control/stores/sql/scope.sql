-- name: set
SELECT set_config('app.team_id', %(team_id)s, true),
       set_config('app.account_id', %(account_id)s, true),
       set_config('app.session_id', %(session_id)s, true),
       set_config('app.key_id', %(key_id)s, true),
       set_config('app.email', %(email)s, true),
       set_config('app.token_hash', %(token_hash)s, true),
       set_config('statement_timeout', %(timeout_ms)s, true)

-- name: role
SELECT current_user AS name, rolsuper OR rolbypassrls AS is_unbound,
       EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS is_owner
  FROM pg_roles WHERE rolname = current_user
