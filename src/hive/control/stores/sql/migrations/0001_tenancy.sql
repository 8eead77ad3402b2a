-- Who there is: accounts, teams, members, keys, sessions, and the log of what people did.
-- Every table with a team_id is closed by hive_guard(); the application's role owns nothing.

CREATE FUNCTION hive_scope(name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.' || name, true), '');

CREATE FUNCTION hive_team() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN hive_scope('team_id')::uuid;

CREATE FUNCTION hive_account() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN hive_scope('account_id')::uuid;

-- Lets only the rows of the transaction's team be read and written, by the owner too.
CREATE FUNCTION hive_guard(guarded regclass) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format(
        'CREATE POLICY team ON %s USING (team_id = (SELECT hive_team())) '
        'WITH CHECK (team_id = (SELECT hive_team()))', guarded);
END $$;
REVOKE EXECUTE ON FUNCTION hive_guard(regclass) FROM PUBLIC;

CREATE TABLE accounts (
    account_id uuid PRIMARY KEY,
    email      text NOT NULL UNIQUE CHECK (email = lower(email)),
    name       text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE passwords (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    hash       text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE teams (
    team_id    uuid PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE members (
    team_id    uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role       text NOT NULL CHECK (role IN ('viewer', 'member', 'admin')),
    joined_at  timestamptz NOT NULL,
    PRIMARY KEY (team_id, account_id)
);
CREATE INDEX members_by_account ON members (account_id);

CREATE TABLE invitations (
    team_id    uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    token_hash bytea NOT NULL,
    email      text NOT NULL,
    role       text NOT NULL CHECK (role IN ('viewer', 'member', 'admin')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (team_id, token_hash)
);
CREATE INDEX invitations_by_token ON invitations (token_hash);

CREATE TABLE api_keys (
    team_id      uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    key_id       text NOT NULL UNIQUE,
    name         text NOT NULL,
    secret_hash  bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    scopes       text[] NOT NULL,
    created_by   uuid,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (team_id, key_id)
);

-- A session is a family of refresh tokens, of which the last one counts; one team is open in it.
CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    open_team  uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    end_reason text CHECK (end_reason IN ('logout', 'reuse', 'password'))
);
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE refresh_tokens (
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    issued_at  timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (session_id, token_hash)
);

-- One chain of entries a team; the chain of the nil team is the installation's own.
CREATE TABLE audit_log (
    team_id     uuid NOT NULL,
    seq         bigint NOT NULL CHECK (seq > 0),
    occurred_at timestamptz NOT NULL,
    actor       text NOT NULL,
    action      text NOT NULL,
    subject     text NOT NULL,
    details     jsonb NOT NULL,
    hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (team_id, seq)
);

CREATE TABLE audit_heads (
    team_id uuid PRIMARY KEY,
    seq     bigint NOT NULL,
    hash    bytea NOT NULL
);

-- One row: the team that is there from the start, and the link by which its first person comes.
CREATE TABLE installation (
    is_only      boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    first_team   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    link_hash    bytea NOT NULL,
    link_expires timestamptz NOT NULL,
    link_used_at timestamptz
);

SELECT hive_guard(guarded)
  FROM unnest(ARRAY['teams', 'members', 'invitations', 'api_keys', 'audit_log', 'audit_heads']::regclass[])
       AS guarded;

-- What a caller may see before a team is chosen: what is its own, or what it presents.
CREATE POLICY own ON teams FOR SELECT USING (EXISTS (
    SELECT FROM members WHERE members.team_id = teams.team_id AND members.account_id = (SELECT hive_account())));
CREATE POLICY own ON members FOR SELECT USING (account_id = (SELECT hive_account()));
CREATE POLICY presented ON invitations FOR SELECT
    USING (token_hash = (SELECT decode(hive_scope('token_hash'), 'hex')));
CREATE POLICY presented ON api_keys FOR SELECT USING (key_id = (SELECT hive_scope('key_id')));

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON accounts
    USING (account_id = (SELECT hive_account())) WITH CHECK (account_id = (SELECT hive_account()));
CREATE POLICY presented ON accounts FOR SELECT USING (email = (SELECT hive_scope('email')));
CREATE POLICY fellow ON accounts FOR SELECT USING (EXISTS (
    SELECT FROM members WHERE members.account_id = accounts.account_id AND members.team_id = (SELECT hive_team())));

ALTER TABLE passwords ENABLE ROW LEVEL SECURITY;
ALTER TABLE passwords FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON passwords
    USING (account_id = (SELECT hive_account())) WITH CHECK (account_id = (SELECT hive_account()));

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON sessions
    USING (account_id = (SELECT hive_account()) OR session_id = (SELECT hive_scope('session_id')::uuid))
    WITH CHECK (account_id = (SELECT hive_account()) OR session_id = (SELECT hive_scope('session_id')::uuid));

ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON refresh_tokens
    USING (session_id = (SELECT hive_scope('session_id')::uuid))
    WITH CHECK (session_id = (SELECT hive_scope('session_id')::uuid));

-- The owner lists the teams and checks every chain; it reads no tenant's data.
CREATE POLICY owner ON teams FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY owner ON audit_log FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY owner ON audit_heads FOR SELECT TO CURRENT_USER USING (true);

-- What ended long ago is nobody's any more; this takes no argument, so anyone may call it.
CREATE POLICY stale ON sessions TO CURRENT_USER
    USING (coalesce(ended_at, expires_at) < now() - interval '30 days');
CREATE POLICY stale ON invitations TO CURRENT_USER USING (expires_at < now() - interval '30 days');

CREATE FUNCTION hive_sweep() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH swept_sessions AS (
        DELETE FROM sessions WHERE coalesce(ended_at, expires_at) < now() - interval '30 days' RETURNING 1
    ), swept_invitations AS (
        DELETE FROM invitations WHERE expires_at < now() - interval '30 days' RETURNING 1
    )
    SELECT (SELECT count(*) FROM swept_sessions) + (SELECT count(*) FROM swept_invitations)
$$;
REVOKE EXECUTE ON FUNCTION hive_sweep() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hive_sweep() TO hive_app;

GRANT SELECT ON schema_migrations TO hive_app;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON accounts, passwords, teams, members, invitations, api_keys, sessions, refresh_tokens TO hive_app;
GRANT SELECT, INSERT ON audit_log TO hive_app;
GRANT SELECT, INSERT, UPDATE ON audit_heads, installation TO hive_app;
