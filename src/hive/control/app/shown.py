"""What Prometheus is shown of the parts; no label names a person, a team, a key or an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hive.control.api.figures import Figures
    from hive.control.api.parts import Parts
    from hive.control.stores.database import Database
    from hive.lobby import Lobby


def show_figures(parts: Parts, databases: Mapping[str, Database]) -> None:
    """Show the figures of ``parts``, and of their connections by the names of ``databases``."""
    _show_events(parts)
    _show_spool(parts)
    _show_databases(parts, databases)
    show = parts.figures.show
    show("hive_sockets_open", "Sockets that are open.", lambda: len(parts.connections))
    show("hive_live_followers", "Followers of streams.", lambda: parts.live.followers)
    show(
        "hive_housekeeping_done_timestamp_seconds",
        "When all of the housekeeping went well last; 0 if it has not yet.",
        lambda: parts.housekeeping.done_at,
    )
    parts.figures.show_each(
        "hive_policies_pushed_total",
        "Policies that were sent over sockets.",
        (),
        lambda: {(): parts.policy_push.pushed},
    )


def show_connections(figures: Figures, lobby: Lobby) -> None:
    """Show how many connections are waited for, and how many were closed because of that."""
    figures.show(
        "hive_connections_waiting", "Connections whose request has not come as a whole.", lambda: len(lobby)
    )
    figures.show_each(
        "hive_connections_refused_total",
        "Connections that were closed before their request had come as a whole.",
        ("status",),
        lambda: {(str(status.value),): count for status, count in lobby.refused.items()},
    )


def _show_events(parts: Parts) -> None:
    ingest = parts.ingest
    parts.figures.show(
        "hive_events_waiting", "Events that came and are not stored yet.", lambda: ingest.waiting
    )
    parts.figures.show(
        "hive_events_waiting_bytes", "Bytes of JSON that these have.", lambda: ingest.waiting_bytes
    )
    parts.figures.show_each(
        "hive_events_total",
        "Events that came, by what became of them.",
        ("kind", "fate"),
        ingest.fates.counted,
    )
    ingest.commit_listeners.append(
        parts.figures.measured("hive_commit_seconds", "Seconds that storing events took in the database.")
    )


def _show_spool(parts: Parts) -> None:
    spool, show = parts.spool, parts.figures.show
    show(
        "hive_spool_waiting",
        "Things that wait for the database.",
        lambda: 0 if spool is None else spool.waiting,
    )
    show(
        "hive_spool_waiting_bytes",
        "Bytes that these have.",
        lambda: 0 if spool is None else spool.size,
    )

    def age_s() -> float:
        oldest = None if spool is None else spool.oldest
        return 0 if oldest is None else max(0.0, (parts.clock.now() - oldest).total_seconds())

    show("hive_spool_age_seconds", "Seconds for which the first of these has waited.", age_s)
    show(
        "hive_spool_set_aside",
        "Things that could not be stored, and were set aside.",
        lambda: 0 if spool is None else spool.aside,
    )


def _show_databases(parts: Parts, databases: Mapping[str, Database]) -> None:
    def connections() -> Mapping[tuple[str, ...], float]:
        usages = {name: database.usage() for name, database in databases.items()}
        used = {(name, "used"): usage.used for name, usage in usages.items()}
        return {**used, **{(name, "idle"): usage.idle for name, usage in usages.items()}}

    parts.figures.show_each(
        "hive_database_connections", "Connections to the database.", ("pool", "state"), connections
    )
    parts.figures.show_each(
        "hive_database_waiting",
        "Transactions that wait for a connection.",
        ("pool",),
        lambda: {(name,): database.usage().waiting for name, database in databases.items()},
    )
