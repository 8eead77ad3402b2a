-- name: set
-- The driver reads times in ISO's style alone, and the server may have another.
SELECT set_config('app.team_id', %(team_id)s, true),
       set_config('app.account_id', %(account_id)s, true),
       set_config('app.session_id', %(session_id)s, true),
       set_config('app.key_id', %(key_id)s, true),
       set_config('app.email', %(email)s, true),
       set_config('app.token_hash', %(token_hash)s, true),
       set_config('statement_timeout', %(timeout_ms)s, true),
       set_config('datestyle', 'ISO, MDY', true)

-- name: role
SELECT current_user AS name, current_setting('server_encoding') AS encoding, rolsuper OR rolbypassrls AS is_unbound,
       EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS is_owner
  FROM pg_roles WHERE rolname = current_user

-- name: settle
-- For the owner's connections, of which a transaction is not always begun by us. It stays set in the session, which
-- poolers in transaction mode know of: the server reports this one.
SELECT current_setting('server_encoding') AS encoding, set_config('datestyle', 'ISO, MDY', false)
