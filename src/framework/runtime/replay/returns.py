"""What the tool calls of a recorded run gave, and which of them were in doubt."""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from typing import TYPE_CHECKING

from framework.errors import CallInDoubtError
from framework.model.events import FileWritten, QuestionAnswered, QuestionAsked, ToolIntended, ToolReturned
from framework.runtime.replay.effects import is_about_doubt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from framework.journal.entry import Entry


class RecordedReturn:
    """What one tool call gave: the files it wrote, and its result once it came back.

    Attributes:
        is_shared: whether it came back before the run was forked.
        lane: where its node ran.
        heard: the last entry in which a person was asked whether it took effect, or said so; 0 if none was.
    """

    __slots__ = ("files", "heard", "is_shared", "lane", "result")

    def __init__(self, lane: str) -> None:
        """Know nothing yet."""
        self.files: list[tuple[int, FileWritten]] = []
        self.result: ToolReturned | None = None
        self.is_shared = False
        self.lane = lane
        self.heard = 0


class RecordedReturns:
    """What the calls of a run gave, each key's in the order in which they were made."""

    def __init__(
        self,
        run_id: str,
        lanes: Collection[Sequence[Entry]],
        inherited: Mapping[str, str],
        reached: Callable[[str], int],
        *,
        after: int,
    ) -> None:
        """Read the calls out of the lanes of a run.

        Args:
            run_id: the run.
            lanes: its hashed entries, lane by lane.
            inherited: the run that intended a call first, by the call's key.
            reached: gives the last entry of a lane that the replay has come to.
            after: the entry with which a fork begins; 0 for a run that is no fork.
        """
        self._run_id = run_id
        self._inherited = inherited
        self._reached = reached
        self._after = after
        self._settled_by_probes: set[str] = set()
        self._queues: dict[str, deque[RecordedReturn]] = {}
        for lane in lanes:
            self._collect(lane)
        self._collect_doubts(sorted((entry for lane in lanes for entry in lane), key=lambda entry: entry.seq))

    def take(self, idempotency_key: str) -> RecordedReturn | None:
        """Return what the next call of this key gave, None if it was never made.

        Raises:
            CallInDoubtError: if a person was asked whether this call took effect.
        """
        if self._next(idempotency_key) is None:
            return None
        self.check_doubt(idempotency_key)
        return self._queues[idempotency_key].popleft()

    def check_doubt(self, idempotency_key: str) -> None:
        """Let the next call of this key go on where the recorded one came back without a person.

        Raises:
            CallInDoubtError: if a person is asked about it from here on.
        """
        found = self._next(idempotency_key)
        if found is not None and self._reached(found.lane) < found.heard:
            raise CallInDoubtError("The recorded run was in doubt here.")

    def is_settled_by_probe(self, question_id: str) -> bool:
        """Whether a call came back about which this question was asked, though nobody answered it."""
        return question_id in self._settled_by_probes

    def _next(self, idempotency_key: str) -> RecordedReturn | None:
        queue = self._queues.get(idempotency_key, deque())
        while queue and queue[0].is_shared:
            queue.popleft()
        return queue[0] if queue else None

    def _collect(self, lane: Sequence[Entry]) -> None:
        current: RecordedReturn | None = None
        for entry in lane:
            event = entry.event
            if isinstance(event, ToolIntended):
                current = RecordedReturn(_walk_lane(entry))
                self._queues.setdefault(self._key(event), deque()).append(current)
            elif isinstance(event, FileWritten) and current is not None:
                current.files.append((entry.seq, event))
            elif isinstance(event, ToolReturned) and current is not None:
                current.result = event
                current.is_shared = entry.seq <= self._after

    def _collect_doubts(self, entries: Sequence[Entry]) -> None:
        """Note until when people were heard about a call: the last one of that id."""
        intents: dict[tuple[str, str], RecordedReturn] = {}
        asked: dict[str, RecordedReturn] = {}
        queues = {key: iter(queue) for key, queue in self._queues.items()}
        for entry in entries:
            event = entry.event
            if isinstance(event, ToolIntended):
                intents[_walk_lane(entry), event.call_id] = next(queues[self._key(event)])
            elif isinstance(event, QuestionAsked) and is_about_doubt(event):
                found = intents.get((entry.lane, str(event.call_id)))
                if found is not None:
                    asked[event.question_id] = found
                    found.heard = entry.seq
            elif isinstance(event, QuestionAnswered) and event.question_id in asked:
                asked.pop(event.question_id).heard = entry.seq
        self._settled_by_probes = {each for each, found in asked.items() if found.result is not None}

    def _key(self, event: ToolIntended) -> str:
        return sha256(f"{self._inherited.get(event.key, self._run_id)}\0{event.key}".encode()).hexdigest()


def _walk_lane(entry: Entry) -> str:
    """Return the lane of the node that made a call."""
    return entry.lane.split(".c", 1)[0]
