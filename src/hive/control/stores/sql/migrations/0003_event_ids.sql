-- An event is known by its id alone, even where it comes again with another time.

CREATE INDEX metric_events_by_id ON metric_events (team_id, event_id);
CREATE INDEX trace_events_by_id ON trace_events (team_id, event_id);
CREATE INDEX decision_events_by_id ON decision_events (team_id, event_id);
CREATE INDEX log_events_by_id ON log_events (team_id, event_id);
CREATE INDEX comm_events_by_id ON comm_events (team_id, event_id);
CREATE INDEX control_events_by_id ON control_events (team_id, event_id);
CREATE INDEX quarantine_by_time ON quarantine (team_id, received_at);
