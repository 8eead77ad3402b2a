"""What the tool calls of a recorded run gave, and which of them were in doubt."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from framework.errors import CallInDoubtError
from framework.model.events import FileWritten, QuestionAnswered, QuestionAsked, ToolIntended, ToolReturned
from framework.runtime.replay.effects import is_about_doubt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.journal.entry import Entry
    from framework.model.events import Event


class RecordedReturn:
    """What one tool call gave: the files it wrote, and its result once it came back.

    Attributes:
        doubts: the questions whether it took effect that are still to be asked, and those that are still
            to be answered, in this attempt: the kind of the event, and the question.
    """

    __slots__ = ("doubts", "files", "result")

    def __init__(self) -> None:
        """Know nothing yet."""
        self.files: list[tuple[int, FileWritten]] = []
        self.result: ToolReturned | None = None
        self.doubts: set[tuple[str, str]] = set()


class RecordedReturns:
    """What the calls of a run gave: each key's in the order in which they were intended.

    A key is intended once in every attempt of a node that makes its call.
    """

    def __init__(
        self, run_id: str, entries: Sequence[Entry], inherited: Mapping[str, str], *, after: int
    ) -> None:
        """Read the calls out of the entries of a run.

        Args:
            run_id: the run.
            entries: its entries.
            inherited: the run that intended a call first, by the call's key.
            after: the entry with which a fork begins; 0 for a run that is no fork.
        """
        self._run_id = run_id
        self._inherited = inherited
        self._calls: dict[str, list[RecordedReturn]] = {}
        self._intended: Counter[str] = Counter()
        self._doubted: dict[str, str] = {}
        self._settled_by_probes: set[str] = set()
        self._collect(entries, after)
        self._collect_doubts(entries, after)

    def of(self, idempotency_key: str) -> RecordedReturn | None:
        """Return what the call of a key that was intended last gave, None if it was never made.

        Raises:
            CallInDoubtError: if a person is still to be asked, or to say, whether this call took effect.
        """
        calls, place = self._calls.get(idempotency_key, []), self._intended[idempotency_key]
        if not 0 < place <= len(calls):
            return None
        found = calls[place - 1]
        if found.doubts:
            raise CallInDoubtError("The recorded run was in doubt here.")
        return found

    def is_settled_by_probe(self, question_id: str) -> bool:
        """Whether a call came back about which this question was asked, though nobody answered it."""
        return question_id in self._settled_by_probes

    def note(self, event: Event) -> None:
        """Take note that the replay has come to an event."""
        if isinstance(event, ToolIntended):
            self._intended[self._key(event)] += 1
        elif isinstance(event, QuestionAsked | QuestionAnswered) and event.question_id in self._doubted:
            for call in self._calls.get(self._doubted[event.question_id], ()):
                call.doubts.discard((event.kind, event.question_id))

    def _collect(self, entries: Sequence[Entry], after: int) -> None:
        under_way: dict[str, RecordedReturn] = {}
        for entry in entries:
            event = entry.event
            if isinstance(event, ToolIntended):
                under_way[entry.lane] = RecordedReturn()
                self._calls.setdefault(self._key(event), []).append(under_way[entry.lane])
                if entry.seq <= after:
                    self._intended[self._key(event)] += 1
            elif isinstance(event, FileWritten) and entry.lane in under_way:
                under_way[entry.lane].files.append((entry.seq, event))
            elif isinstance(event, ToolReturned) and entry.lane in under_way:
                under_way[entry.lane].result = event

    def _collect_doubts(self, entries: Sequence[Entry], after: int) -> None:
        """Note which call each question about a doubt, and each answer to one, is about.

        A question that is still open when its attempt ends is answered in a later one.
        """
        keys: dict[tuple[str, str], str] = {}
        intended: Counter[str] = Counter()
        asked: dict[str, RecordedReturn] = {}
        for entry in entries:
            event, walk = entry.event, entry.lane.split(".c", 1)[0]
            if isinstance(event, ToolIntended):
                key = keys[walk, event.call_id] = self._key(event)
                intended[key] += 1
            elif isinstance(event, QuestionAsked) and is_about_doubt(event):
                self._doubted[event.question_id] = keys.get((walk, str(event.call_id)), "")
            if isinstance(event, QuestionAsked | QuestionAnswered) and entry.seq > after:
                key = self._doubted.get(event.question_id, "")
                if key:
                    call = self._calls[key][intended[key] - 1]
                    call.doubts.add((event.kind, event.question_id))
                    asked[event.question_id] = call
                if isinstance(event, QuestionAnswered):
                    asked.pop(event.question_id, None)
        self._settled_by_probes = {each for each, call in asked.items() if call.result is not None}

    def _key(self, event: ToolIntended) -> str:
        return sha256(f"{self._inherited.get(event.key, self._run_id)}\0{event.key}".encode()).hexdigest()
