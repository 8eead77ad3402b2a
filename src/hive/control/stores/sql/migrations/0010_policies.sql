-- The policies of many teams and what they spent, in one step. It runs with the rights of the caller and enters the
-- scope of one team after the other, so it tells no more than asking for each alone would.

CREATE FUNCTION hive_policies(wanted_teams uuid[], wanted_policy text, wanted_month timestamptz)
    RETURNS TABLE (
        team_id uuid, team_created_at timestamptz, version text, document jsonb, created_at timestamptz,
        updated_at timestamptz, updated_by text, usd numeric, providers text[], model_ids text[])
    LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    one uuid;
BEGIN
    FOREACH one IN ARRAY wanted_teams LOOP
        PERFORM set_config('app.team_id', one::text, true);
        RETURN QUERY
        SELECT teams.team_id, teams.created_at, policies.version, policies.document, policies.created_at,
               policies.updated_at, policies.updated_by, spent.usd, used.providers, used.model_ids
          FROM teams
          LEFT JOIN policies ON policies.team_id = teams.team_id AND policies.policy_id = wanted_policy
          CROSS JOIN LATERAL (
              SELECT coalesce(sum(cost_usd), 0) AS usd FROM metric_months
               WHERE metric_months.team_id = one AND month = wanted_month) AS spent
          CROSS JOIN LATERAL (
              SELECT coalesce(array_agg(provider), '{}') AS providers, coalesce(array_agg(model_id), '{}') AS model_ids
                FROM (SELECT provider, model_id FROM metric_months
                       WHERE metric_months.team_id = one AND month = wanted_month
                       ORDER BY last_bucket DESC, provider, model_id LIMIT 100) AS newest) AS used
         WHERE teams.team_id = one;
    END LOOP;
    PERFORM set_config('app.team_id', '', true);
END $$;
