"""The recording: a stored run as what a replay is given, and held against, lane by lane."""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeGuard

from framework.errors import CallInDoubtError, RunTimeoutError, StepLimitError
from framework.journal.fold import BRANCH_CANCELLED, RESUME_INPUT
from framework.journal.reading import fold_entries
from framework.journal.state import MAIN_LANE, Phase, RunStatus
from framework.model.events import (
    BranchesJoined,
    FileWritten,
    InputInjected,
    ModelRequested,
    QuestionAnswered,
    QuestionAsked,
    RunForked,
    RunStarted,
    ToolIntended,
    ToolReturned,
    ValueRead,
)
from framework.model.tool import Effect, Tool
from framework.runtime.replay.difference import (
    Difference,
    ReplayDivergedError,
    ReplayEndedError,
    is_same,
    unchanged,
)
from framework.runtime.replay.effects import RecordedPermissions, is_about_doubt
from framework.runtime.replay.files import FoundFiles
from framework.runtime.replay.neutral import data_folders, without_folder
from framework.runtime.replay.rulings import RecordedRulings
from framework.tools.synthetic import SYNTHETIC_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from framework.journal.entry import Entry
    from framework.journal.state import RunState
    from framework.loop.budget.base import Ruling
    from framework.model.events import Event
    from framework.runtime.replay.files import Found

_CUT_OFF = frozenset({BRANCH_CANCELLED, "BranchTimeout"})


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


class Recording:
    """The events of one stored run by lane, and how far a replay of them has come.

    A forked run is replayed from where it was forked: what stands before is the
    other run's.

    Attributes:
        run_id: the run.
        started: its first event.
        is_final: whether the run had ended.
        is_out_of_steps: whether its branches used up the steps between them; which of them came to the
            limit is chance, so it is replayed up to there.
        permissions: what guards, policies and people ruled on calls before they were made.
        rulings: what a budget ruled on requests.
        shared: the entries up to the fork, as they are stored.
        blobs: the content that those entries refer to.
        moved: events of the replay that are the same but for the folder of the run's files.
    """

    def __init__(
        self,
        run_id: str,
        entries: Sequence[Entry],
        lines: Sequence[bytes] = (),
        blobs: Mapping[str, bytes] | None = None,
        *,
        view: Callable[[Event], Event] = unchanged,
    ) -> None:
        """Prepare the entries of a run, all of them, content included.

        Args:
            run_id: the run.
            entries: its entries.
            lines: the same as they are stored; needed only of a forked run.
            blobs: content by SHA-256; needed only of a forked run.
            view: gives an event, of the recording or of a replay, as it is compared and shown.

        Raises:
            JournalCorruptError: if an entry is missing or changed.
        """
        self.run_id = run_id
        self._view = view
        self._folders = data_folders(entries)
        self._elsewhere = without_folder(run_id, self._folders)
        self.moved = 0
        places = [place for place, entry in enumerate(entries, 1) if isinstance(entry.event, RunForked)]
        self._forked_at = max(places, default=0)
        self.shared = list(lines[: self._forked_at])
        self.blobs = dict(blobs or {})
        self._shared_entries = list(entries[: self._forked_at])
        state = fold_entries(run_id, entries)
        # A run that was cut off from outside is replayed up to there: what cut it off is not its own doing.
        self.is_out_of_steps = _is_out_of_steps(state)
        was_cut_off = state.status is RunStatus.CANCELLED or self.is_out_of_steps or _is_out_of_time(state)
        self.is_final = state.status.is_final and not was_cut_off
        self._inherited = state.inherited
        self._lanes: dict[str, list[Entry]] = {}
        self._done: dict[str, int] = {}
        self._cut: set[str] = set()
        self._cancelled: set[str] = set()
        self._returns: dict[str, deque[RecordedReturn]] = {}
        self._answers: dict[str, str] = {}
        for entry in entries[:-1] if was_cut_off else entries:
            if entry.event.hashed:
                self._lanes.setdefault(entry.lane, []).append(entry)
                if entry.seq <= self._forked_at:
                    self._done[entry.lane] = self._done.get(entry.lane, 0) + 1
            self._note(entry.event)
        self._found = FoundFiles(entries[self._forked_at :])
        self._collect_returns()
        self._collect_doubts()
        self.permissions = RecordedPermissions(entries)
        self.rulings = RecordedRulings(entries, after=self._forked_at)
        self.total = self._left = sum(
            len(lane) - self._done.get(name, 0)
            for name, lane in self._lanes.items()
            if not self._is_cut(name)
        )

    def walk_in(self, folder: Path) -> None:
        """Take note of where the replay has the run's files."""
        self._elsewhere = without_folder(self.run_id, [*self._folders, str(folder), str(folder.resolve())])

    @property
    def shared_entries(self) -> Sequence[Entry]:
        """The entries up to the fork, content included; none of a run that is no fork."""
        return self._shared_entries

    def state_at_fork(self) -> RunState:
        """Return the state from which a forked run went on."""
        return fold_entries(self.run_id, self._shared_entries)

    @property
    def started(self) -> RunStarted:
        """The run's first event.

        Raises:
            ReplayEndedError: if the run stored nothing.
        """
        first = next(iter(self._lanes.get(MAIN_LANE, ())), None)
        if first is None or not isinstance(first.event, RunStarted):
            raise ReplayEndedError(f"Run {self.run_id!r} stored no beginning; there is nothing to replay.")
        return first.event

    @property
    def is_used_up(self) -> bool:
        """Whether the replay has done everything that was recorded."""
        return self._left == 0

    @property
    def left(self) -> int:
        """Recorded events that the replay has not come to."""
        return self._left

    @property
    def lanes(self) -> int:
        """How many lanes the run had."""
        return len(self._lanes)

    @property
    def asked_models(self) -> bool:
        """Whether the run asked a model at all."""
        return any(isinstance(entry.event, ModelRequested) for lane in self._lanes.values() for entry in lane)

    def tools(self) -> dict[str, Tool]:
        """Return the tools that requests offered, with the effects their calls were recorded with."""
        events = [entry.event for lane in self._lanes.values() for entry in lane]
        effects = {event.tool: Effect(event.effect) for event in events if isinstance(event, ToolIntended)}
        offered: list[tuple[str, str, dict[str, Any]]] = [
            tool for event in events if isinstance(event, ModelRequested) for tool in event.tools.load()
        ]
        return {
            name: Tool(name, description, parameters, effect=effects.get(name, Effect.ONCE))
            for name, description, parameters in offered
            if name not in SYNTHETIC_NAMES
        }

    def next_event(self, lane_id: str) -> Event | None:
        """Return what the lane did next, None where its recording ends."""
        lane, done = self._lanes.get(lane_id, ()), self._done.get(lane_id, 0)
        return lane[done].event if done < len(lane) else None

    @property
    def cut_off(self) -> Collection[str]:
        """The branches that were cut off because a sibling failed."""
        return self._cancelled

    @property
    def has_waited(self) -> bool:
        """Whether the run waited for its turn and then was given more input, before its first node."""
        main = self._lanes.get(MAIN_LANE, [])
        return not self.shared and len(main) > 1 and _is_resume_input(main[1].event)

    def resume_input(self) -> dict[str, Any]:
        """Return the input with which the run was carried on here, empty where it was given none."""
        event = self.next_event(MAIN_LANE)
        return event.value.load() if _is_resume_input(event) else {}

    def reads(self) -> dict[str, list[Any]]:
        """Return what nodes read from outside, by lane, after the place where the replay begins."""
        coming = {name: lane[self._done.get(name, 0) :] for name, lane in self._lanes.items()}
        events = {name: [entry.event for entry in lane] for name, lane in coming.items()}
        return {
            name: [event.value.load() for event in lane if _is_read_by_node(event)]
            for name, lane in events.items()
        }

    def next_model(self, lane_id: str) -> str | None:
        """Return the model that the lane asked next, None if it asked none."""
        coming = self._lanes.get(lane_id, [])[self._done.get(lane_id, 0) :]
        return next((entry.event.model for entry in coming if isinstance(entry.event, ModelRequested)), None)

    def block(self, lane_id: str) -> Ruling | None:
        """Return the ruling of a budget that let no other try of the lane's request follow, if one did."""
        return self.rulings.block(lane_id, self._done.get(lane_id, 0))

    def take(self, lane_id: str, event: Event) -> None:
        """Hold an event of the replay against the recording.

        Raises:
            ReplayDivergedError: if something else, or nothing, was recorded.
            ReplayEndedError: if an unfinished recording is used up.
        """
        if not event.hashed:
            return
        lane, done = self._lanes.get(lane_id, []), self._done.get(lane_id, 0)
        if done < len(lane):
            expected, got = self._view(lane[done].event), self._view(event)
            if not is_same(expected, got):
                if not is_same(self._elsewhere(expected), self._elsewhere(got)):
                    difference = Difference(lane=lane_id, seq=lane[done].seq, expected=expected, got=got)
                    raise ReplayDivergedError(difference)
                self.moved += 1
            self._done[lane_id] = done + 1
            if not self._is_cut(lane_id):
                self._left -= 1
        elif self.is_used_up and not self.is_final:
            raise ReplayEndedError(f"The recording of run {self.run_id!r} ends here.")
        elif self.is_final and not self._is_cut(lane_id):
            raise ReplayDivergedError(Difference(lane=lane_id, seq=0, expected=None, got=self._view(event)))

    def injected_next(self, lane_id: str) -> list[InputInjected]:
        """Return the messages that were injected next in the lane."""
        lane = self._lanes.get(lane_id, [])
        found: list[InputInjected] = []
        for entry in lane[self._done.get(lane_id, 0) :]:
            if not isinstance(entry.event, InputInjected):
                break
            found.append(entry.event)
        return found

    def found_by_now(self, lane_id: str) -> Iterator[Found]:
        """Yield, once each, the files found in the lane up to its last event that was held against it."""
        lane, done = self._lanes.get(lane_id, ()), self._done.get(lane_id, 0)
        return self._found.before(lane_id, lane[done - 1].seq if done else 0)

    def returned(self, idempotency_key: str) -> RecordedReturn | None:
        """Return what the next call of this key gave, None if it was never made.

        Raises:
            CallInDoubtError: if a person was asked whether this call took effect.
        """
        queue = self._returns.get(idempotency_key, deque())
        while queue and queue[0].is_shared:
            queue.popleft()
        if not queue:
            return None
        if queue[0].doubts <= 0:
            return queue.popleft()
        queue[0].doubts -= 1
        raise CallInDoubtError("The recorded run was in doubt here.")

    def answer(self, question_id: str) -> str | None:
        """Return what a person answered, None if nobody did."""
        return self._answers.get(question_id)

    def missing(self) -> Difference | None:
        """Return the first recorded event that the replay did not come to."""
        for name, lane in self._lanes.items():
            done = self._done.get(name, 0)
            if done < len(lane) and not self._is_cut(name):
                return Difference(lane=name, seq=lane[done].seq, expected=lane[done].event, got=None)
        return None

    def _note(self, event: Event) -> None:
        match event:
            case BranchesJoined():
                errors = {item.lane: item.error.error for item in event.branches if item.error is not None}
                self._cut.update(lane for lane, error in errors.items() if error in _CUT_OFF)
                self._cancelled.update(lane for lane, error in errors.items() if error == BRANCH_CANCELLED)
            case QuestionAnswered():
                self._answers[event.question_id] = event.text.load()
            case _:
                pass

    def _collect_returns(self) -> None:
        for lane in self._lanes.values():
            current: RecordedReturn | None = None
            for entry in lane:
                match entry.event:
                    case ToolIntended():
                        current = RecordedReturn()
                        self._returns.setdefault(self._key(entry.event), deque()).append(current)
                    case FileWritten() if current is not None:
                        current.files.append((entry.seq, entry.event))
                    case ToolReturned() if current is not None:
                        current.result = entry.event
                        current.is_shared = entry.seq <= self._forked_at
                    case _:
                        pass

    def _collect_doubts(self) -> None:
        """Note how often a person was asked whether a call took effect: the last one of that id."""
        intents: dict[tuple[str, str], RecordedReturn] = {}
        everything = sorted(
            (entry for lane in self._lanes.values() for entry in lane), key=lambda entry: entry.seq
        )
        queues = {key: iter(queue) for key, queue in self._returns.items()}
        for entry in everything:
            event, walk = entry.event, entry.lane.split(".c", 1)[0]
            if isinstance(event, ToolIntended):
                found = intents[walk, event.call_id] = next(queues[self._key(event)])
                if entry.seq <= self._forked_at:
                    found.doubts = -1  # The replay finds it in doubt when it begins.
            elif isinstance(event, QuestionAsked) and is_about_doubt(event):
                found = intents.get((walk, str(event.call_id)))
                if found is not None and entry.seq > self._forked_at:
                    found.doubts += 1

    def _key(self, event: ToolIntended) -> str:
        return sha256(f"{self._inherited.get(event.key, self.run_id)}\0{event.key}".encode()).hexdigest()

    def _is_cut(self, lane_id: str) -> bool:
        return any(lane_id == cut or lane_id.startswith(f"{cut}.") for cut in self._cut)


def _is_read_by_node(event: Event) -> TypeGuard[ValueRead]:
    return isinstance(event, ValueRead) and event.source != RESUME_INPUT


def _is_resume_input(event: Event | None) -> TypeGuard[ValueRead]:
    return isinstance(event, ValueRead) and event.source == RESUME_INPUT


def _is_out_of_steps(state: RunState) -> bool:
    is_limit = state.error is not None and state.error.error == StepLimitError.__name__
    return is_limit and state.main.phase is Phase.FORKED


def _is_out_of_time(state: RunState) -> bool:
    return state.error is not None and state.error.error == RunTimeoutError.__name__
