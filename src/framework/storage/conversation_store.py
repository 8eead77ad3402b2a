"""A node's conversation as it is stored: a view on the journal of its run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from framework.errors import JournalReadOnlyError, RunNotFoundError
from framework.journal.conversation import ConversationChain
from framework.journal.files import FileJournal
from framework.journal.fold import TURN
from framework.journal.reading import fold_entries, read_entries
from framework.journal.state import WalkLane
from framework.model.events import ModelRequested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.journal.entry import Entry
    from framework.journal.state import NodeState, RunState
    from framework.model.message import Message

_CONVERSATIONS = "conversations"
"""Older packages name ``STORAGE/conversations/NODE``."""


class FileConversationStore:
    """Reads what a node and its model said to each other, from the journal of a run in files.

    The loop journals every message by itself, so there is nothing to write here:
    the methods that would change the conversation raise ``JournalReadOnlyError``.
    A conversation that was compacted reads as the model sees it now.
    """

    def __init__(
        self, base_path: str | Path, *, run_id: str | None = None, node_id: str | None = None
    ) -> None:
        """Read the conversations of the runs stored below ``base_path``.

        Args:
            base_path: the storage folder of the runs, or ``STORAGE/conversations/NODE``,
                which names the node, too.
            run_id: the run; the latest one when not given.
            node_id: the node, on its latest visit; without one the main walk's whole conversation.
        """
        path = Path(base_path).expanduser()
        if node_id is None and path.parent.name == _CONVERSATIONS:
            path, node_id = path.parent.parent, path.name
        self._journal = FileJournal(path)
        self._root = path
        self._run_id = run_id
        self._node_id = node_id

    async def read_parts(self) -> list[dict[str, Any]]:
        """Return the messages as JSON data, oldest first; ``seq`` counts them from 0.

        Raises:
            JournalError: if there is no such run, or it does not read back.
        """
        found = await self._read()
        return [_part(seq, message) for seq, message in enumerate(found.messages)]

    async def read_meta(self) -> dict[str, Any] | None:
        """Return whose conversation it is and its system prompt; None before the node's first request.

        Raises:
            JournalError: if there is no such run, or it does not read back.
        """
        found = await self._read()
        if found.system is None:
            return None
        return {"run_id": found.run_id, "node_id": found.node_id, "system_prompt": found.system}

    async def read_cursor(self) -> dict[str, Any] | None:
        """Return how far the node came: its turn, the outputs set, the next ``seq``; None if it never ran.

        Raises:
            JournalError: if there is no such run, or it does not read back.
        """
        found = await self._read()
        if found.visit is None:
            return None
        outputs = {key: value.load() for key, value in found.visit.outputs.items()}
        return {"iteration": found.visit.turn, "outputs": outputs, "next_seq": len(found.messages)}

    async def write_part(self, seq: int, data: dict[str, Any]) -> None:
        """Raise: the loop journals every message itself.

        Raises:
            JournalReadOnlyError: always.
        """
        del seq, data
        self._refuse()

    async def write_meta(self, data: dict[str, Any]) -> None:
        """Raise: the prompt is journaled with each request.

        Raises:
            JournalReadOnlyError: always.
        """
        del data
        self._refuse()

    async def write_cursor(self, data: dict[str, Any]) -> None:
        """Raise: how far a node came is read from its journal.

        Raises:
            JournalReadOnlyError: always.
        """
        del data
        self._refuse()

    async def delete_parts_before(self, seq: int) -> None:
        """Raise: compaction leaves the journal whole.

        Raises:
            JournalReadOnlyError: always.
        """
        del seq
        self._refuse()

    async def destroy(self) -> None:
        """Raise: a run's journal is not deleted by one who reads it.

        Raises:
            JournalReadOnlyError: always.
        """
        self._refuse()

    async def close(self) -> None:
        """Do nothing: nothing is held open."""

    def _refuse(self) -> NoReturn:
        raise JournalReadOnlyError(
            f"The conversations in {str(self._root)!r} are read from the journals of their runs; "
            "run the graph to add to them."
        )

    async def _read(self) -> _Found:
        run_id = self._run_id or await self._latest()
        found = _Found(run_id, self._node_id)
        fold_entries(run_id, await read_entries(self._journal, run_id), found.look)
        return found

    async def _latest(self) -> str:
        run_ids = await self._journal.run_ids()
        if not run_ids:
            raise RunNotFoundError(f"No run is stored in {str(self._root)!r}; run the agent first.")
        return run_ids[-1]


class _Found:
    """What a journal says of one conversation, gathered while its entries are folded."""

    def __init__(self, run_id: str, node_id: str | None) -> None:
        self.run_id = run_id
        self.node_id = node_id
        self.visit: NodeState | None = None
        self.system: str | None = None
        self._conversation = ConversationChain()
        self._span = slice(0)

    @property
    def messages(self) -> Sequence[Message]:
        """The messages of the conversation, oldest first."""
        return self._conversation.messages()[self._span]

    def look(self, state: RunState, entry: Entry) -> None:
        """Note what ``entry`` made of the conversation."""
        lane = state.lanes.get(entry.lane)
        lane = state.lanes.get(str(lane.parent)) if lane and not isinstance(lane, WalkLane) else lane
        if not isinstance(lane, WalkLane) or (self.node_id is None and lane is not state.main):
            return
        visit = lane.node
        if visit is None or self.node_id not in {None, visit.node_id}:
            return
        self.visit = visit
        self._conversation = lane.conversation
        self._span = slice(self._beginning(visit, lane), len(lane.conversation))
        if isinstance(entry.event, ModelRequested) and entry.event.purpose == TURN:
            self.system = entry.event.system.load()

    def _beginning(self, visit: NodeState, lane: WalkLane) -> int:
        """Return where a visit begins in a conversation, which nodes before it may have begun."""
        if self.node_id is None or visit.opening is None or visit.opening[0] is not lane.conversation:
            return 0
        return visit.opening[1].length - 1


def _part(seq: int, message: Message) -> dict[str, Any]:
    """Return a message as JSON data, without what it does not have."""
    part: dict[str, Any] = {"seq": seq, "role": message.role.value, "content": message.content}
    if message.tool_calls:
        part["tool_calls"] = [
            {"id": call.id, "name": call.name, "input": call.input} for call in message.tool_calls
        ]
    if message.tool_use_id is not None:
        part["tool_use_id"] = message.tool_use_id
    if message.is_error:
        part["is_error"] = True
    return part
