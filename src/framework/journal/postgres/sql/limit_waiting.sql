SELECT set_config('idle_in_transaction_session_timeout', %(idle)s, %(is_local)s),
    set_config('lock_timeout', %(lock)s, %(is_local)s)
