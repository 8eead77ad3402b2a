"""Where the control plane keeps things: PostgreSQL behind row-level security, and Redis."""
