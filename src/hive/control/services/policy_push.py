"""Telling SDKs the policy: when they connect, when it changes, when spending changes its rules."""

from __future__ import annotations

import asyncio
import logging
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
from hive.control.services.endings import end
from hive.errors import ControlError, UnavailableError
from hive.protocol import MetricEvent

if TYPE_CHECKING:
    from collections.abc import Collection

    from hive.control.services.connections import Connection, Connections
    from hive.control.services.ingest import Stored
    from hive.control.services.policies import Policies
    from hive.control.services.presence import Presence
    from hive.protocol.policy import PolicyDocument

_EVERY_S = 5.0
_AFTER_SPENDING_S = 1.0
_AGAIN_S = 1.0
_GREETING_S = 2.0
_log = logging.getLogger("hive.control")


class PolicyPush:
    """A task that sends each SDK of this process the policy it should have, and not what it has already.

    It alone sends policies unasked, one team after another, so that no older one overtakes a newer.
    """

    def __init__(self, connections: Connections, policies: Policies, presence: Presence) -> None:
        """Tell ``connections``."""
        self._connections = connections
        self._policies = policies
        self._presence = presence
        self._due: dict[TeamId, float] = {}
        self._told: WeakKeyDictionary[Connection, str] = WeakKeyDictionary()
        self._untold: WeakKeyDictionary[Connection, asyncio.Event] = WeakKeyDictionary()
        self._nudge = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        connections.on_open.append(self._opened)

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep(), name="policy-push")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            await end([self._task])

    async def greet(self, connection: Connection) -> None:
        """Wait until a new connection has the policy among what it is sent first, or for a while in vain.

        An SDK makes its first call as soon as it is let in, so the policy should be there by then.
        """
        untold = self._untold.get(connection)
        if untold is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GREETING_S):
                    await untold.wait()

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

    async def turn(self, team_id: TeamId) -> None:
        """Send each SDK of a team the policy, unless it has the same already.

        Raises:
            ControlError: if the policy cannot be read.
        """
        listeners = [each for each in self._connections.of_team(team_id) if _may_read(each)]
        if not listeners:
            return
        await self._learn_agents(team_id, listeners)
        document = await self._policies.document(team_id)
        frames: dict[str, tuple[Frame, str]] = {}
        for connection in listeners:
            agent = connection.agent_name
            if agent not in frames:
                own = personal(document, agent)
                frames[agent] = (policy_frame(own), _mark(own))
            frame, mark = frames[agent]
            if self._told.get(connection) != mark:
                self._told[connection] = mark
                connection.push(frame)
            if (untold := self._untold.pop(connection, None)) is not None:
                untold.set()

    def _opened(self, connection: Connection) -> None:
        if _may_read(connection):
            self._untold[connection] = asyncio.Event()
            self._look(connection.principal.team_id, 0)

    def _look(self, team_id: TeamId, after_s: float) -> None:
        at = time.monotonic() + after_s
        if at < self._due.get(team_id, float("inf")):
            self._due[team_id] = at
            self._nudge.set()

    async def _learn_agents(self, team_id: TeamId, listeners: Collection[Connection]) -> None:
        """Ask which agents run at the other ends: an instance may have told another process."""
        unknown = {each.sdk_instance_id: each for each in listeners if not each.agent_name}
        if not any(unknown):
            return
        try:
            fleet = await self._presence.fleet(team_id)
        except UnavailableError:
            return  # The next heartbeat tells.
        for instance in fleet:
            if instance.sdk_instance_id in unknown:
                unknown[instance.sdk_instance_id].agent_name = instance.agent_name

    async def _keep(self) -> None:
        while True:
            self._nudge.clear()
            team_id = min(self._due, key=self._due.__getitem__, default=None)
            wait_s = None if team_id is None else self._due[team_id] - time.monotonic()
            if team_id is not None and wait_s is not None and wait_s <= 0:
                await self._serve(team_id)
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await self._nudge.wait()
            except TimeoutError:
                continue

    async def _serve(self, team_id: TeamId) -> None:
        del self._due[team_id]
        again_s = _EVERY_S
        try:
            await self.turn(team_id)
        except (ControlError, TimeoutError):
            again_s = _AGAIN_S
        except Exception as error:  # noqa: BLE001  (the boundary of the task: other teams are told)
            _log.error("policy_not_pushed", exc_info=error)
        if self._connections.of_team(team_id):
            self._look(team_id, again_s)


def policy_frame(document: PolicyDocument) -> Frame:
    """Return the message that gives a client a policy."""
    return Frame({"type": "policy", "policy": document.model_dump(mode="json", exclude_none=True)})


def _may_read(connection: Connection) -> bool:
    principal = connection.principal
    return isinstance(principal, Program) and KeyScope.POLICY in principal.scopes


def _mark(document: PolicyDocument) -> str:
    """Return what changes with the rules of a policy; what was spent SDKs count by themselves."""
    rules = document.model_dump_json(exclude={"budgets": {"__all__": {"spent", "analytics"}}})
    return sha256(rules.encode()).hexdigest()
