-- Of the schema in which tables are made; the same name may be found further along the search path.
SELECT to_regclass(quote_ident(current_schema()) || '.journal_migrations') IS NOT NULL
