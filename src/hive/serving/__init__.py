"""Serving an agent: its webhooks over HTTP, its timers beside them."""
