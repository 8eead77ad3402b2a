-- Which callers still count, many at once. Both run with the rights of the caller and enter the scope of one
-- after the other, so they tell no more than asking for each alone would.

CREATE FUNCTION hive_standing_keys(wanted text[]) RETURNS SETOF text
    LANGUAGE plpgsql AS $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY wanted LOOP
        PERFORM set_config('app.key_id', one, true);
        RETURN QUERY SELECT key_id FROM api_keys WHERE key_id = one AND revoked_at IS NULL;
    END LOOP;
    PERFORM set_config('app.key_id', '', true);
END $$;

CREATE FUNCTION hive_standing_people(
        wanted_sessions uuid[], wanted_accounts uuid[], wanted_teams uuid[], moment timestamptz)
    RETURNS TABLE (place int)
    LANGUAGE plpgsql AS $$
BEGIN
    FOR place IN SELECT generate_subscripts(wanted_sessions, 1) LOOP
        PERFORM set_config('app.account_id', wanted_accounts[place]::text, true);
        IF EXISTS (
            SELECT FROM sessions JOIN members USING (account_id)
             WHERE session_id = wanted_sessions[place] AND account_id = wanted_accounts[place]
               AND members.team_id = wanted_teams[place] AND ended_at IS NULL AND expires_at > moment)
        THEN
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM set_config('app.account_id', '', true);
END $$;
