"""Web search by one of several services."""
