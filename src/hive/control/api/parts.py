"""The services that routes are faces of, put together by the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from redis.asyncio import Redis

from framework.clock import Clock
from hive.control.api.figures import Figures
from hive.control.auth.known_programs import KnownPrograms
from hive.control.auth.people import People
from hive.control.services.announcements import Announcements
from hive.control.services.audit_trail import AuditTrail
from hive.control.services.connections import Connections
from hive.control.services.content import ContentStore
from hive.control.services.housekeeping import Housekeeping
from hive.control.services.ingest import Ingest
from hive.control.services.installation import Installation
from hive.control.services.keys import Keys
from hive.control.services.limits import Limits
from hive.control.services.live import LiveStreams
from hive.control.services.live_sockets import LiveSockets
from hive.control.services.login_limits import LoginLimits
from hive.control.services.policies import Policies
from hive.control.services.policy_push import PolicyPush
from hive.control.services.presence import Presence
from hive.control.services.readiness import Readiness
from hive.control.services.standing import Standing
from hive.control.services.teams import Teams
from hive.control.stores.database import Database
from hive.control.stores.reads import Reads
from hive.control.stores.spool import Spool
from hive.lobby import network_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything a route may use.

    Attributes:
        database: transactions on the primary.
        reads: transactions that only read what may lag: in the replica where there is one.
        hot: Redis, or the one in this process.
        spool: where events wait while the database is away; None where they are refused then.
        connections: the sockets that are open in this process.
        is_sign_up_open: whether anybody may register.
    """

    clock: Clock
    database: Database
    reads: Reads
    hot: Redis
    people: People
    keys: Keys
    known_programs: KnownPrograms
    spool: Spool | None
    ingest: Ingest
    content: ContentStore
    policies: Policies
    presence: Presence
    announcements: Announcements
    connections: Connections
    policy_push: PolicyPush
    standing: Standing
    housekeeping: Housekeeping
    live: LiveStreams
    live_sockets: LiveSockets
    teams: Teams
    installation: Installation
    audit_trail: AuditTrail
    limits: Limits
    login_limits: LoginLimits
    readiness: Readiness
    figures: Figures
    is_sign_up_open: bool


def parts_of(request: Request) -> Parts:
    """Return the parts of the app that serves a request."""
    return request.app.state.doors


PartsOf = Annotated[Parts, Depends(parts_of)]
"""Gives a route its services."""


def host_of(request: Request) -> str:
    """Return the address that asks, for limits; of IPv6 its network, where a host takes any it likes."""
    return network_of(request.client.host if request.client else "unknown")
