"""The control plane as a process: settings, parts put together, server and administration."""
