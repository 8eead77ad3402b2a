INSERT INTO journal_migrations (version) VALUES (%(version)s)
