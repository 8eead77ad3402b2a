"""What the tool calls of a recorded run gave, and which of them were in doubt."""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from typing import TYPE_CHECKING

from framework.errors import CallInDoubtError
from framework.model.events import FileWritten, QuestionAsked, ToolIntended, ToolReturned
from framework.runtime.replay.effects import is_about_doubt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from framework.journal.entry import Entry


class RecordedReturn:
    """What one tool call gave: the files it wrote, and its result once it came back.

    Attributes:
        is_shared: whether it came back before the run was forked.
        doubts: how often a person is asked whether it took effect before it comes back.
    """

    __slots__ = ("doubts", "files", "is_shared", "result")

    def __init__(self) -> None:
        """Know nothing yet."""
        self.files: list[tuple[int, FileWritten]] = []
        self.result: ToolReturned | None = None
        self.is_shared = False
        self.doubts = 0


class RecordedReturns:
    """What the calls of a run gave, each key's in the order in which they were made."""

    def __init__(
        self,
        run_id: str,
        lanes: Collection[Sequence[Entry]],
        inherited: Mapping[str, str],
        *,
        after: int,
    ) -> None:
        """Read the calls out of the lanes of a run.

        Args:
            run_id: the run.
            lanes: its hashed entries, lane by lane.
            inherited: the run that intended a call first, by the call's key.
            after: the entry with which a fork begins; 0 for a run that is no fork.
        """
        self._run_id = run_id
        self._inherited = inherited
        self._after = after
        self._queues: dict[str, deque[RecordedReturn]] = {}
        for lane in lanes:
            self._collect(lane)
        self._collect_doubts(sorted((entry for lane in lanes for entry in lane), key=lambda entry: entry.seq))

    def take(self, idempotency_key: str) -> RecordedReturn | None:
        """Return what the next call of this key gave, None if it was never made.

        Raises:
            CallInDoubtError: if a person was asked whether this call took effect.
        """
        queue = self._queues.get(idempotency_key, deque())
        while queue and queue[0].is_shared:
            queue.popleft()
        if not queue:
            return None
        if queue[0].doubts <= 0:
            return queue.popleft()
        queue[0].doubts -= 1
        raise CallInDoubtError("The recorded run was in doubt here.")

    def _collect(self, lane: Sequence[Entry]) -> None:
        current: RecordedReturn | None = None
        for entry in lane:
            event = entry.event
            if isinstance(event, ToolIntended):
                current = RecordedReturn()
                self._queues.setdefault(self._key(event), deque()).append(current)
            elif isinstance(event, FileWritten) and current is not None:
                current.files.append((entry.seq, event))
            elif isinstance(event, ToolReturned) and current is not None:
                current.result = event
                current.is_shared = entry.seq <= self._after

    def _collect_doubts(self, entries: Sequence[Entry]) -> None:
        """Note how often a person was asked whether a call took effect: the last one of that id."""
        intents: dict[tuple[str, str], RecordedReturn] = {}
        queues = {key: iter(queue) for key, queue in self._queues.items()}
        for entry in entries:
            event, walk = entry.event, entry.lane.split(".c", 1)[0]
            if isinstance(event, ToolIntended):
                found = intents[walk, event.call_id] = next(queues[self._key(event)])
                if entry.seq <= self._after:
                    found.doubts = -1  # The replay finds it in doubt when it begins.
            elif isinstance(event, QuestionAsked) and is_about_doubt(event):
                found = intents.get((walk, str(event.call_id)))
                if found is not None and entry.seq > self._after:
                    found.doubts += 1

    def _key(self, event: ToolIntended) -> str:
        return sha256(f"{self._inherited.get(event.key, self._run_id)}\0{event.key}".encode()).hexdigest()
