"""The HTTP faces of the services."""
