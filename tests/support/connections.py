"""Connections to the control plane's database, each as the role that its name says and no other.

Tests ask as the application's role, which row-level security binds: as another they would pass where the
program fails, or the other way round. The owner and the superuser set up and look from outside.
"""

from __future__ import annotations

import psycopg

from hive.control.stores.database import APPLICATION_ROLE
from hive.control.stores.embedded import OWNER_ROLE

SUPERUSER = "postgres"


def connected(app_dsn: str, *, autocommit: bool = False) -> psycopg.Connection:
    """Return a connection of the application's role."""
    return _connected(app_dsn, APPLICATION_ROLE, autocommit=autocommit)


def as_owner(owner_dsn: str, *, autocommit: bool = False) -> psycopg.Connection:
    """Return a connection of the role that owns the tables and migrates them."""
    return _connected(owner_dsn, OWNER_ROLE, autocommit=autocommit)


def as_superuser(dsn: str, *, autocommit: bool = False) -> psycopg.Connection:
    """Return a superuser's connection to the database of ``dsn``, whomever that is for."""
    return _connected(psycopg.conninfo.make_conninfo(dsn, user=SUPERUSER), SUPERUSER, autocommit=autocommit)


def _connected(dsn: str, role: str, *, autocommit: bool) -> psycopg.Connection:
    # Prepared statements would stay for all where the server has one backend, or a pooler stands before it.
    connection = psycopg.connect(dsn, prepare_threshold=None, autocommit=True)
    found = connection.execute("SELECT current_user, session_user").fetchone()
    if found != (role, role):
        connection.close()
        raise AssertionError(f"This connection is {found!r}, and should be {role!r}.")
    connection.autocommit = autocommit
    return connection
