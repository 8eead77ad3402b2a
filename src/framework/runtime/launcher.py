"""The launcher: prepares one run of an agent, and carries it out from input to result."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from framework.credentials.failure_text import without_secrets
from framework.errors import FrameworkError, InputError, JournalError
from framework.graph.executor import new_run_id
from framework.graph.options import RunOptions
from framework.graph.result import result_of
from framework.graph.stored import cancel_stored
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

    async def prepare(
        self,
        spec: EntryPointSpec,
        input_data: Mapping[str, Any],
        correlation_id: str | None,
        session_state: Mapping[str, Any],
    ) -> Execution:
        """Return a run that could begin now; see ``AgentRuntime.trigger``.

        Raises:
            InputError: if the input cannot be used, the session's name cannot be one, or the stored run
                that is to go on belongs to another session.
            JournalError: if that run is not stored, or does not read back.
        """
        resumed = session_state.get("run_id")
        session = self._session(await self._session_id(spec, session_state))
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

    async def keep(self, spec: EntryPointSpec, execution: Execution) -> None:
        """Store a run that waits for its turn, so that it outlives this process, unless no other reaches it.

        Raises:
            JournalError: if it cannot be stored.
        """
        if execution.is_stored or self._executor.journal.inbox(execution.run_id) is None:
            return
        async with execution.keeping:
            execution.kept = self._given(execution)
            await self._executor.keep(
                self._graph,
                self._goal,
                execution.kept,
                run_id=execution.run_id,
                options=self._options(spec, execution),
            )

    async def run(self, spec: EntryPointSpec, execution: Execution) -> None:
        """Run to the end, and leave the result in ``execution``."""
        try:
            async with execution.keeping:
                pass
            do = self.end if execution.is_cancelled else partial(self._execute, spec)
            execution.result = await do(execution)
        except asyncio.CancelledError:
            execution.result = await self._left(execution)
            raise
        except FrameworkError as error:
            _log.warning("run_failed", extra={"run_id": execution.run_id, "error": type(error).__name__})
            execution.result = not_run(execution.run_id, without_secrets(str(error)), RunStatus.FAILED)
        except Exception as error:  # noqa: BLE001  (the boundary of a run's task: its fault ends this run alone)
            _log.exception("run_failed", extra={"run_id": execution.run_id})
            execution.result = not_run(
                execution.run_id, without_secrets(f"{type(error).__name__}: {error}"), RunStatus.FAILED
            )

    async def end(self, execution: Execution) -> ExecutionResult:
        """End a run that was cancelled before it began; a stored one is over in its journal, too.

        Raises:
            InputError: if it has ended already.
            JournalError: if its journal cannot be read or written, or another process writes it.
        """
        async with execution.keeping:
            is_stored = execution.is_stored
        if is_stored:
            await cancel_stored(self._executor.journal, execution.run_id, clock=self._executor.clock)
        return not_run(execution.run_id, "The run was cancelled before it began.")

    async def _execute(self, spec: EntryPointSpec, execution: Execution) -> ExecutionResult:
        session = execution.session
        given = self._given(execution)
        kept = execution.kept or {}
        result = await self._executor.execute(
            self._graph,
            self._goal,
            {key: value for key, value in given.items() if key not in kept or kept[key] != value},
            {"run_id": execution.run_id} if execution.is_stored else None,
            run_id=execution.run_id,
            options=self._options(spec, execution),
        )
        if session is not None and result.status == RunStatus.SUCCEEDED.value:
            await self._hand_on(session, None if execution.is_resumed else given, result)
        return result

    @staticmethod
    def _given(execution: Execution) -> Mapping[str, Any]:
        """Return the input of a run that begins now: under it, what its session remembers."""
        if execution.is_resumed or execution.session is None:  # One carried on saw the memory when it began.
            return execution.input_data
        return {**execution.session.memory(), **execution.input_data}

    def _options(self, spec: EntryPointSpec, execution: Execution) -> RunOptions:
        facts = {"entry_point": spec.id, "correlation_id": execution.correlation_id}
        return RunOptions(
            entry_node=spec.entry_node,
            session=execution.session.id if execution.session else None,
            patience_s=self._patience_s,
            facts={key: value for key, value in facts.items() if value is not None},
        )

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

    async def _left(self, execution: Execution) -> ExecutionResult | None:
        """Return what the journal of a run whose task was cancelled says, None if it has none."""
        journal, run_id = self._executor.journal, execution.run_id
        if execution.is_cancelled:
            with suppress(InputError, JournalError):  # It may have ended, or have no journal yet.
                return result_of(await cancel_stored(journal, run_id, clock=self._executor.clock))
        try:
            return result_of(await read_state(journal, run_id))
        except JournalError:
            return None

    async def _session_id(self, spec: EntryPointSpec, session_state: Mapping[str, Any]) -> str | None:
        """Return the session a run belongs to: of a stored one, what its journal says."""
        asked, run_id = session_state.get("session_id"), session_state.get("run_id")
        if run_id is None:
            own = spec.id if spec.shares_session else None
            return own if asked is None else str(asked)
        stored = await self._executor.session_of(str(run_id))
        if asked is not None and asked != stored:
            where = f"the session {stored!r}" if stored else "no session"
            raise InputError(
                f"Run {run_id!r} belongs to {where} and cannot go on in {asked!r}; leave 'session_id' out."
            )
        return stored

    def _session(self, name: str | None) -> Session | None:
        if name is None:
            return None
        session = self._sessions.get(name)
        if session is None:
            RunOptions(session=name)  # Refuses a name that cannot be a folder's.
            storage = self._executor.storage_path
            session = Session(name, storage / "sessions" / name if storage else None)
            self._sessions[name] = session
        return session
