"""The parts put together, and the web app on top of them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from framework.clock import SystemClock
from hive.control.api import (
    fleet_routes,
    health_routes,
    live_routes,
    live_words,
    pages,
    refusals,
    sdk_routes,
    sign_in_routes,
    socket_words,
    team_routes,
)
from hive.control.api.described import describe_more
from hive.control.api.edge import Edge
from hive.control.api.figures import Figures
from hive.control.api.hosts import Hosts
from hive.control.api.parts import Parts
from hive.control.api.sockets import Sockets
from hive.control.app.shown import show_figures
from hive.control.auth.known_programs import KnownPrograms
from hive.control.auth.passwords import Passwords
from hive.control.auth.people import People
from hive.control.auth.tokens import AccessTokens, KeyRing
from hive.control.services.announcements import Announcements
from hive.control.services.audit_trail import AuditTrail
from hive.control.services.connections import Connections
from hive.control.services.content import CONTENT, ContentStore
from hive.control.services.drain import Drain
from hive.control.services.housekeeping import Housekeeping
from hive.control.services.ingest import EVENTS, Ingest
from hive.control.services.installation import Installation
from hive.control.services.keys import REVOKED_CHANNEL, Keys
from hive.control.services.limits import Limits
from hive.control.services.live import CHANNEL, LiveStreams
from hive.control.services.live_sockets import LiveSockets
from hive.control.services.login_limits import LoginLimits
from hive.control.services.policies import CHANGED_CHANNEL, Policies
from hive.control.services.policy_push import PolicyPush
from hive.control.services.presence import Presence
from hive.control.services.readiness import Readiness
from hive.control.services.standing import Standing
from hive.control.services.teams import Teams
from hive.control.stores.database import Database
from hive.control.stores.hot import open_hot
from hive.control.stores.live import LiveStore
from hive.control.stores.reads import Reads
from hive.control.stores.spool import Spool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from fastapi import APIRouter

    from framework.clock import Clock
    from hive.control.api.socket_words import Word

ROUTERS: tuple[APIRouter, ...] = (
    sign_in_routes.router,
    team_routes.router,
    sdk_routes.router,
    fleet_routes.router,
    live_routes.router,
    pages.router,
    health_routes.router,
)
"""Every route there is."""

WORDS: Mapping[str, Word] = {**socket_words.WORDS, **live_words.WORDS}
"""Everything a client may ask over a socket."""

_REPLICA_WAIT_S = 1.0
_IN_RESERVE = 2
"""Connections that only ask which credentials count, so that no other work can keep them busy."""

_DESCRIPTION = (
    "Teams, API keys, events and policies of agents. People sign in and present a short-lived access token; "
    "programs present an API key of their team. Both go into `Authorization: Bearer`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the parts find what they stand on.

    Attributes:
        app_dsn: the database, as the application's role.
        replica_dsn: one that only reads; None reads from the primary.
        redis_url: a Redis; None keeps hot state in this process.
        ring: the keys that sign access tokens.
        spool_file: keeps events while the database is away; None refuses them then.
        patience_s: seconds to wait for the database; half of that for what the spool can take instead.
    """

    app_dsn: str
    ring: KeyRing
    replica_dsn: str | None = None
    redis_url: str | None = None
    spool_file: Path | None = None
    patience_s: float = 5.0


@asynccontextmanager
async def opened_parts(
    places: Places, *, is_sign_up_open: bool = True, clock: Clock | None = None
) -> AsyncGenerator[Parts]:
    """Connect, give the parts, and close what was opened.

    Raises:
        UnavailableError: if the database is out of reach.
        ControlSetupError: if the database role or an address cannot be used.
    """
    clock = clock or SystemClock()
    database = Database(places.app_dsn, patience_s=places.patience_s)
    reserve = Database(places.app_dsn, most_connections=_IN_RESERVE, patience_s=places.patience_s)
    replica = _replica(places)
    reads = Reads(database, replica)
    hot = open_hot(places.redis_url)
    limits = Limits(hot)
    keys = Keys(database, hot, clock)
    spool = None if places.spool_file is None else Spool(places.spool_file)
    ingest = Ingest(database, spool, clock, patience_s=places.patience_s / 2)
    presence = Presence(hot, clock)
    policies = Policies(database, hot, clock)
    connections = Connections()
    policy_push = PolicyPush(connections, policies, presence)
    live = LiveStreams(LiveStore(database), hot, clock)
    try:
        if spool is not None:
            await spool.open()
        for each in (database, reserve, reads):
            await each.open()
        parts = Parts(
            clock=clock,
            database=database,
            reads=reads,
            hot=hot,
            people=People(database, Passwords(), AccessTokens(places.ring, clock), clock),
            keys=keys,
            known_programs=KnownPrograms(keys, Keys(reserve, hot, clock), clock),
            spool=spool,
            ingest=ingest,
            content=ContentStore(database, spool, clock, patience_s=places.patience_s / 2),
            policies=policies,
            presence=presence,
            announcements=Announcements(hot),
            connections=connections,
            policy_push=policy_push,
            standing=Standing(reserve, clock),
            housekeeping=Housekeeping(database, clock),
            live=live,
            live_sockets=LiveSockets(live),
            teams=Teams(database, clock),
            installation=Installation(database, keys, clock),
            audit_trail=AuditTrail(reads),
            limits=limits,
            login_limits=LoginLimits(hot, limits),
            readiness=Readiness(database, hot, spool),
            figures=Figures(),
            is_sign_up_open=is_sign_up_open,
        )
        _introduce(parts, {"main": database, "reserve": reserve, "replica": replica})
        yield parts
    finally:
        await ingest.close()
        for each in (reads, reserve, database):
            await each.close()
        await hot.aclose()


def _introduce(parts: Parts, databases: Mapping[str, Database | None]) -> None:
    """Let parts hear of each other, and show what they measure."""
    show_figures(parts, {name: each for name, each in databases.items() if each is not None})
    parts.ingest.listeners += [parts.presence.heard, parts.policy_push.stored, parts.live.heard]
    parts.ingest.spool_listeners.append(parts.presence.heard)
    parts.announcements.hear(CHANGED_CHANNEL, parts.policy_push.changed)
    parts.announcements.hear(REVOKED_CHANNEL, parts.known_programs.revoked)
    parts.announcements.hear(REVOKED_CHANNEL, parts.standing.revoked)
    parts.announcements.hear(CHANNEL, parts.live.told)
    parts.announcements.on_return += [parts.policy_push.returned, parts.live.look_again]


def _replica(places: Places) -> Database | None:
    if places.replica_dsn is None:
        return None
    return Database(
        places.replica_dsn, patience_s=places.patience_s, wait_s=_REPLICA_WAIT_S, is_read_only=True
    )


@asynccontextmanager
async def at_work(parts: Parts) -> AsyncGenerator[None]:
    """Keep the background tasks going."""
    workers = [
        parts.housekeeping.worker,
        parts.policy_push.worker,
        parts.standing.worker,
        parts.standing.expiries,
        parts.live.worker,
        parts.announcements.worker,
    ]
    if parts.spool is not None:
        takers = {EVENTS: parts.ingest.store_spooled, CONTENT: parts.content.store_spooled}
        workers.append(Drain(parts.spool, takers, parts.database.answers).worker)
    parts.readiness.watch(workers)
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        await asyncio.gather(*(worker.stop() for worker in workers))


def control_app(
    parts: Parts, *, allowed_hosts: Sequence[str] = ("*",), allowed_origins: Sequence[str] = ()
) -> FastAPI:
    """Return the web app over open parts."""
    app = FastAPI(
        title="Hive control plane",
        version=_version(),
        description=_DESCRIPTION,
        responses=refusals.refusals(413, 503),
        docs_url=None,
        redoc_url=None,
    )
    app.state.doors = parts
    refusals.install(app)
    for router in ROUTERS:
        app.include_router(router)
    describe_more(app)
    if allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(allowed_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-Match", "Last-Event-ID", "X-API-Key"],
            expose_headers=["ETag", "Retry-After"],
        )
    app.add_middleware(Sockets, parts=parts, words=WORDS, origins=allowed_origins)
    app.add_middleware(Hosts, names=allowed_hosts)
    app.add_middleware(Edge, figures=parts.figures)
    return app


def _version() -> str:
    try:
        return version("hive-agents")
    except PackageNotFoundError:
        return "0"
