"""The launcher: prepares one run of an agent, and carries it out from input to result."""

from __future__ import annotations

import asyncio
import logging
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from framework.errors import FrameworkError, JournalError
from framework.graph.executor import new_run_id
from framework.graph.options import RunOptions
from framework.graph.result import result_of
from framework.journal.reading import read_state
from framework.journal.state import RunStatus
from framework.runtime.execution_stream import Execution, not_run
from framework.runtime.session import Session, handed_on

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from framework.graph.executor import GraphExecutor
    from framework.graph.result import ExecutionResult
    from framework.model.goal import Goal
    from framework.model.graph import GraphSpec
    from framework.runtime.entry_point import EntryPointSpec

_log = logging.getLogger("framework.runtime")


class Launcher:
    """Runs one agent; knows the sessions its runs share."""

    def __init__(
        self, executor: GraphExecutor, graph: GraphSpec, goal: Goal | None, *, patience_s: float
    ) -> None:
        """Run ``graph`` with ``executor``, measured against ``goal``; wait ``patience_s`` for a person."""
        self._executor = executor
        self._graph = graph
        self._goal = goal
        self._patience_s = patience_s
        self._handed_on = handed_on(graph)
        # What lies on the disk is read again when it is wanted; in memory it must stay.
        is_stored = executor.storage_path is not None
        self._sessions: MutableMapping[str, Session] = WeakValueDictionary() if is_stored else {}
        self._numbers = count(1)

    def prepare(
        self,
        spec: EntryPointSpec,
        input_data: Mapping[str, Any],
        correlation_id: str | None,
        session_state: Mapping[str, Any],
    ) -> Execution:
        """Return a run that could begin now; see ``AgentRuntime.trigger``.

        Raises:
            InputError: if the input cannot be used, or the session's name cannot be one.
        """
        resumed = session_state.get("run_id")
        session = self._session(spec, session_state.get("session_id"))
        if resumed is None:
            seen = {**(session.memory() if session else {}), **input_data}
            self._executor.check(self._graph, self._goal, seen, entry_node=spec.entry_node)
        return Execution(
            run_id=str(resumed or new_run_id(self._executor.clock)),
            number=next(self._numbers),
            input_data=dict(input_data),
            correlation_id=correlation_id,
            is_resumed=resumed is not None,
            session=session,
        )

    async def run(self, spec: EntryPointSpec, execution: Execution) -> None:
        """Run to the end, and leave the result in ``execution``."""
        try:
            execution.result = await self._execute(spec, execution)
        except asyncio.CancelledError:
            execution.result = await self._stored(execution.run_id)
            raise
        except FrameworkError as error:
            _log.warning("run_failed", extra={"run_id": execution.run_id, "error": type(error).__name__})
            execution.result = not_run(execution.run_id, str(error), RunStatus.FAILED)
        except Exception as error:  # noqa: BLE001  (the boundary of a run's task: its fault ends this run alone)
            _log.exception("run_failed", extra={"run_id": execution.run_id})
            execution.result = not_run(execution.run_id, f"{type(error).__name__}: {error}", RunStatus.FAILED)

    async def _execute(self, spec: EntryPointSpec, execution: Execution) -> ExecutionResult:
        session = execution.session
        given = {**(session.memory() if session else {}), **execution.input_data}
        if execution.is_resumed:
            given = execution.input_data  # It saw the memory when it began.
        facts = {"entry_point": spec.id, "correlation_id": execution.correlation_id}
        result = await self._executor.execute(
            self._graph,
            self._goal,
            execution.input_data if execution.is_resumed else given,
            {"run_id": execution.run_id} if execution.is_resumed else None,
            run_id=execution.run_id,
            options=RunOptions(
                entry_node=spec.entry_node,
                session=session.id if session else None,
                patience_s=self._patience_s,
                facts={key: value for key, value in facts.items() if value is not None},
            ),
        )
        if session is not None and result.status == RunStatus.SUCCEEDED.value:
            await self._hand_on(session, None if execution.is_resumed else given, result)
        return result

    async def _hand_on(
        self, session: Session, given: Mapping[str, Any] | None, result: ExecutionResult
    ) -> None:
        """Let the session remember what a run wrote; the run has succeeded even where that fails.

        Args:
            session: what the run shares.
            given: its input; None if only its journal knows.
            result: what it came to.
        """
        try:
            if given is None:
                state = await read_state(self._executor.journal, result.run_id)
                given = {key: value.load() for key, value in state.input.items()}
            session.remember(given, result.output, self._handed_on)
        except JournalError as error:
            _log.error("session_memory_lost", extra={"session": session.id, "error": str(error)})

    async def _stored(self, run_id: str) -> ExecutionResult | None:
        """Return what the journal of a run that was cancelled says, None if it has none."""
        try:
            return result_of(await read_state(self._executor.journal, run_id))
        except JournalError:
            return None

    def _session(self, spec: EntryPointSpec, session_id: object) -> Session | None:
        if session_id is None and not spec.shares_session:
            return None
        name = str(session_id or spec.id)
        session = self._sessions.get(name)
        if session is None:
            RunOptions(session=name)  # Refuses a name that cannot be a folder's.
            storage = self._executor.storage_path
            session = Session(name, storage / "sessions" / name if storage else None)
            self._sessions[name] = session
        return session
