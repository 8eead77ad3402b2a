-- What the application's role may write of people and of the installation, no more than it does.

-- Nobody is put into a team, or gets a session, by somebody else: a fellow member's account can be read.
CREATE POLICY own_hand ON members AS RESTRICTIVE FOR INSERT WITH CHECK (account_id = (SELECT hive_account()));
CREATE POLICY own_hand ON sessions AS RESTRICTIVE FOR INSERT WITH CHECK (account_id = (SELECT hive_account()));

-- Whose a row is stays as it was: only what happens to it changes.
REVOKE UPDATE ON members, sessions, refresh_tokens, passwords, invitations, api_keys, installation FROM hive_app;
GRANT UPDATE (role) ON members TO hive_app;
GRANT UPDATE (open_team, ended_at, end_reason) ON sessions TO hive_app;
GRANT UPDATE (used_at) ON refresh_tokens TO hive_app;
GRANT UPDATE (hash, changed_at) ON passwords TO hive_app;
GRANT UPDATE (used_at) ON invitations TO hive_app;
GRANT UPDATE (revoked_at) ON api_keys TO hive_app;
GRANT UPDATE (link_hash, link_expires, link_used_at) ON installation TO hive_app;

-- Which team was there from the start is nothing that a team is told: one sees it only from outside of all teams.
ALTER TABLE installation ENABLE ROW LEVEL SECURITY;
ALTER TABLE installation FORCE ROW LEVEL SECURITY;
CREATE POLICY outside ON installation
    USING (NOT EXISTS (SELECT FROM teams WHERE team_id = (SELECT hive_team())))
    WITH CHECK (NOT EXISTS (SELECT FROM teams WHERE team_id = (SELECT hive_team())));
