"""Hive, the platform on top of ``framework``: command line, services, servers.

Import from the modules; this root stays empty so that it costs nothing.
"""
