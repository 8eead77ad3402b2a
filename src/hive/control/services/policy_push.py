"""Telling SDKs the policy: when they connect, when it changes, when spending changes its rules."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakKeyDictionary

from hive.control.domain.ids import TeamId
from hive.control.domain.personal_policy import personal
from hive.control.domain.principal import Program
from hive.control.domain.roles import KeyScope
from hive.control.services.connections import Frame
from hive.control.services.worker import Worker
from hive.errors import ControlError, UnavailableError
from hive.protocol import MetricEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from hive.control.services.connections import Connection, Connections
    from hive.control.services.ingest import Stored
    from hive.control.services.policies import Policies, Reading
    from hive.control.services.presence import Presence
    from hive.protocol.policy import PolicyDocument

_EVERY_S = 5.0
_AFTER_SPENDING_S = 1.0
_AGAIN_S = 1.0
_AFTER_FAULT_S = 0.05
_BEFORE_LET_IN_S = 0.25
_MOST_AT_ONCE = 500


class PolicyPush:
    """Sends each SDK of this process the policy it should have, and not what it has already.

    It alone sends policies unasked, one look after another, so that no older one overtakes a newer.

    Attributes:
        worker: does it in the background.
        pushed: how many policies were sent.
    """

    def __init__(self, connections: Connections, policies: Policies, presence: Presence) -> None:
        """Tell ``connections``."""
        self.pushed = 0
        self.worker = Worker("policy-push", self._work, again_s=_AFTER_FAULT_S)
        self._connections = connections
        self._policies = policies
        self._presence = presence
        self._due: dict[TeamId, float] = {}
        self._told: WeakKeyDictionary[Connection, str] = WeakKeyDictionary()
        connections.on_open.append(self._opened)

    async def greet(self, connection: Connection) -> None:
        """Wait until a new connection has the policy to be sent first, or for a moment in vain.

        An SDK makes its first call as soon as it is let in, so the policy should be there by then; but
        some wait a second only to be let in. Where it comes later, it is still what they are sent first.
        """
        await connection.greeted(_BEFORE_LET_IN_S)

    async def changed(self, team_id: str) -> None:
        """Look at a team's policy at once."""
        self._look(TeamId(UUID(team_id)), 0)

    async def returned(self) -> None:
        """Look at every team's policy: a change may have been missed."""
        for team_id in self._connections.teams():
            self._look(team_id, 0)

    async def stored(self, stored: Stored) -> None:
        """Learn from events which agent runs where, and that a team has spent."""
        connections = {each.sdk_instance_id: each for each in self._connections.of_team(stored.team_id)}
        if not connections:
            return
        for event in (judged.event for judged in stored.events):
            connection = connections.get(event.sdk_instance_id)
            if connection is not None and event.agent_name not in {"", connection.agent_name}:
                connection.agent_name = event.agent_name
                self._look(stored.team_id, 0)
            if isinstance(event, MetricEvent):
                self._look(stored.team_id, _AFTER_SPENDING_S)

    async def turn(self, team_ids: Collection[TeamId]) -> None:
        """Send each SDK of teams the policy, unless it has the same already.

        Raises:
            ControlError: if the policies cannot be read.
            ExceptionGroup: if some cannot be told; the others are.
        """
        listeners = {team_id: found for team_id in team_ids if (found := self._listeners(team_id))}
        if not listeners:
            return
        await self._learn_agents(listeners)
        found = await self._policies.read(list(listeners))
        faults: list[Exception] = []
        for team_id, state in found.items():
            try:
                reading = state.reading()
                told = self._tell(listeners[team_id], reading)
                await self._policies.told(team_id, reading, told)
            except Exception as error:  # noqa: BLE001  (the boundary of a team: one must not hold up the others)
                faults.append(error)
            await asyncio.sleep(0)  # Others are served meanwhile.
        if faults:
            raise ExceptionGroup("Some policies cannot be told.", faults)

    def _listeners(self, team_id: TeamId) -> Collection[Connection]:
        return [each for each in self._connections.of_team(team_id) if _may_read(each)]

    def _tell(self, listeners: Collection[Connection], reading: Reading) -> set[str]:
        """Send what is new, and return which processes it went to."""
        told: set[str] = set()
        frames: dict[str, tuple[Frame, str]] = {}
        for connection in listeners:
            agent = connection.agent_name
            if agent not in frames:
                own = personal(reading.document, agent)
                frames[agent] = (policy_frame(own), _mark(own, reading.month))
            frame, mark = frames[agent]
            if self._told.get(connection) != mark:
                self._told[connection] = mark
                connection.greet(frame)
                told.add(connection.sdk_instance_id)
                self.pushed += 1
        return told

    def _opened(self, connection: Connection) -> None:
        if _may_read(connection):
            connection.hold()
            self._look(connection.principal.team_id, 0)

    def _look(self, team_id: TeamId, after_s: float) -> None:
        at = time.monotonic() + after_s
        if at < self._due.get(team_id, float("inf")):
            self._due[team_id] = at
            self.worker.wake()

    async def _learn_agents(self, listeners: Mapping[TeamId, Collection[Connection]]) -> None:
        """Ask which agents run at the other ends: an instance may have told another process."""
        for team_id, of_team in listeners.items():
            unknown = {each.sdk_instance_id: each for each in of_team if not each.agent_name}
            if not any(unknown):
                continue
            try:
                fleet = await self._presence.fleet(team_id)
            except UnavailableError:
                return  # The next heartbeat tells.
            for instance in fleet:
                if instance.sdk_instance_id in unknown:
                    unknown[instance.sdk_instance_id].agent_name = instance.agent_name

    async def _work(self) -> float | None:
        if not self._due:
            return None
        now = time.monotonic()
        due = sorted((at, team_id) for team_id, at in self._due.items() if at <= now)
        if not due:
            return min(self._due.values()) - now
        await self._serve([team_id for _, team_id in due[:_MOST_AT_ONCE]])
        return 0

    async def _serve(self, team_ids: Collection[TeamId]) -> None:
        for team_id in team_ids:
            del self._due[team_id]
        again_s = _AGAIN_S
        try:
            with suppress(ControlError, TimeoutError):  # They are looked at again.
                await self.turn(team_ids)
                again_s = (
                    _EVERY_S - time.monotonic() % _EVERY_S
                )  # All at the same time, so that they share one.
        finally:
            for team_id in team_ids:
                if self._connections.of_team(team_id):
                    self._look(team_id, again_s)


def policy_frame(document: PolicyDocument) -> Frame:
    """Return the message that gives a client a policy."""
    return Frame({"type": "policy", "policy": document.model_dump(mode="json", exclude_none=True)})


def _may_read(connection: Connection) -> bool:
    principal = connection.principal
    return isinstance(principal, Program) and KeyScope.POLICY in principal.scopes


def _mark(document: PolicyDocument, month: datetime) -> str:
    """Return what changes with the rules of a policy, and with the month.

    What was spent SDKs count by themselves; of months they know nothing.
    """
    rules = document.model_dump_json(exclude={"budgets": {"__all__": {"spent", "analytics"}}})
    return sha256(f"{month.isoformat()} {rules}".encode()).hexdigest()
