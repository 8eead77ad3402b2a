"""The recording: a stored run as what a replay is given, and held against, lane by lane."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeGuard

from framework.journal.fold import RESUME_INPUT
from framework.journal.reading import fold_entries
from framework.journal.state import MAIN_LANE, belongs_to
from framework.model.events import (
    InputInjected,
    ModelRequested,
    QuestionAnswered,
    RunForked,
    RunStarted,
    ToolIntended,
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
from framework.runtime.replay.effects import RecordedPermissions
from framework.runtime.replay.ends import RecordedEnds
from framework.runtime.replay.files import FoundFiles
from framework.runtime.replay.neutral import (
    data_folders,
    named_secrets_in,
    without_failure_secrets,
    without_folder,
)
from framework.runtime.replay.returns import RecordedReturns
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
    from framework.runtime.replay.returns import RecordedReturn
    from framework.tools.context import ToolContext


class Recording:
    """The events of one stored run by lane, and how far a replay of them has come.

    A forked run is replayed from where it was forked: what stands before is the
    other run's.

    Attributes:
        run_id: the run.
        started: its first event.
        permissions: what guards, policies and people ruled on calls before they were made.
        rulings: what a budget ruled on requests.
        shared: the entries up to the fork, as they are stored.
        blobs: the content that those entries refer to.
        follows_clock: whether what ran out of time may be done in time now; else it ends as it did.
        lanes: how many lanes a replay is held against.
        total: recorded events that a replay is held against.
        moved_on: told of each lane that has done something more of what was recorded.
        held: told of each lane that waits where its recording ends, though not all of it may be stored yet.
        moved: events of the replay that are the same but for the folder of the run's files, or secrets
            that are taken out of what tells of a failure.
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
        self._named = named_secrets_in(entries)
        self.moved = 0
        places = [place for place, entry in enumerate(entries, 1) if isinstance(entry.event, RunForked)]
        self._forked_at = max(places, default=0)
        self.shared = list(lines[: self._forked_at])
        self.blobs = dict(blobs or {})
        self._shared_entries = list(entries[: self._forked_at])
        state = fold_entries(run_id, entries)
        self._ends = RecordedEnds(state, (entry.event for entry in entries))
        self._lanes: dict[str, list[Entry]] = {}
        self._done: dict[str, int] = {}
        self.follows_clock = False
        self.moved_on: Callable[[str], None] = _ignore
        self.held: Callable[[str], None] = _ignore
        self._answers: dict[str, str] = {}
        for entry in entries[:-1] if self._ends.cut_off_by else entries:
            if entry.event.hashed:
                self._lanes.setdefault(entry.lane, []).append(entry)
                if entry.seq <= self._forked_at:
                    self._done[entry.lane] = self._done.get(entry.lane, 0) + 1
            if isinstance(entry.event, QuestionAnswered):
                self._answers[entry.event.question_id] = entry.event.text.load()
        self._found = FoundFiles(entries, after=self._forked_at)
        self._returns = RecordedReturns(run_id, entries, state.inherited, after=self._forked_at)
        self.permissions = RecordedPermissions(entries, after=self._forked_at, probe=self._probe)
        self.rulings = RecordedRulings(entries, after=self._forked_at)
        coming = [len(lane) - self._done.get(name, 0) for name, lane in self._lanes.items()]
        self.total = self._left = sum(coming)
        self.lanes = sum(count > 0 for count in coming)

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
    def is_final(self) -> bool:
        """Whether the run had ended by itself."""
        return self._ends.is_final

    @property
    def cut_off_by(self) -> str:
        """What cut the run off, in words that follow "the run"; empty if nothing did."""
        return self._ends.cut_off_by

    @property
    def is_out_of_steps(self) -> bool:
        """Whether its branches used up the steps between them, so that it is replayed up to there."""
        return self._ends.is_out_of_steps

    @property
    def timed_out(self) -> Collection[str]:
        """The branches that ran out of time."""
        return self._ends.timed_out

    @property
    def is_used_up(self) -> bool:
        """Whether the replay has done everything that was recorded."""
        return self._left == 0

    @property
    def left(self) -> int:
        """Recorded events that the replay has not come to."""
        return self._left

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

    def next_entry(self, lane_id: str) -> Entry | None:
        """Return what the lane stored next, None where its recording ends."""
        lane, done = self._lanes.get(lane_id, ()), self._done.get(lane_id, 0)
        return lane[done] if done < len(lane) else None

    def next_event(self, lane_id: str) -> Event | None:
        """Return what the lane did next, None where its recording ends."""
        entry = self.next_entry(lane_id)
        return None if entry is None else entry.event

    def hold_call(self, lane_id: str, call_id: str) -> None:
        """Tell of a call, made in the lane of a node, that waits because it never came back."""
        for name, lane in self._lanes.items():
            made = (entry.event for entry in lane[: self._done.get(name, 0)])
            if belongs_to(name, lane_id) and any(_is_intent(event, call_id) for event in made):
                self.held(name)

    def coming(self, lane_id: str) -> Sequence[Entry]:
        """Return what the lane did from here on."""
        return self._lanes.get(lane_id, [])[self._done.get(lane_id, 0) :]

    @property
    def lane_ids(self) -> Collection[str]:
        """The lanes of the run."""
        return self._lanes.keys()

    @property
    def cut_off(self) -> Collection[str]:
        """The branches that were cut off because a sibling failed."""
        return self._ends.cancelled

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
                if not is_same(self._settled(expected), self._settled(got)):
                    difference = Difference(lane=lane_id, seq=lane[done].seq, expected=expected, got=got)
                    raise ReplayDivergedError(difference)
                self.moved += 1
            self._done[lane_id] = done + 1
            self._returns.note(event)
            self._left -= 1
            self.moved_on(lane_id)
        elif self.is_used_up and not self.is_final:
            raise ReplayEndedError(f"The recording of run {self.run_id!r} ends here.")
        elif self.is_final and not self._ends.is_cut(lane_id):
            raise ReplayDivergedError(Difference(lane=lane_id, seq=0, expected=None, got=self._view(event)))

    def _settled(self, event: Event) -> Event:
        """Return an event without what may differ in a replay of the same."""
        return without_failure_secrets(self._elsewhere(event), self._named)

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
        """Return what the call of this key that was intended last gave, None if it was never made.

        Raises:
            CallInDoubtError: if a person was asked, or told, whether this call took effect.
        """
        return self._returns.of(idempotency_key)

    def _probe(self, arguments: Mapping[str, Any], context: ToolContext) -> None:
        """Stand for the probes: a call took no effect, so that it gives what it gave, or is in doubt.

        Raises:
            CallInDoubtError: if a person was asked, or told, whether this call took effect.
        """
        del arguments
        self._returns.of(context.idempotency_key)

    def answer(self, question_id: str) -> str | None:
        """Return what a person answered, None if nobody did."""
        return self._answers.get(question_id)

    def is_settled_by_probe(self, question_id: str) -> bool:
        """Whether a probe settled the call that a question is about, though nobody answered it."""
        return self._returns.is_settled_by_probe(question_id)

    def missing(self) -> Difference | None:
        """Return the first recorded event that the replay did not come to."""
        entries = [entry for entry in map(self.next_entry, self._lanes) if entry is not None]
        first = min(entries, key=attrgetter("seq"), default=None)
        if first is None:
            return None
        return Difference(lane=first.lane, seq=first.seq, expected=first.event, got=None)


def _ignore(lane_id: str) -> None:
    del lane_id


def _is_intent(event: Event, call_id: str) -> bool:
    return isinstance(event, ToolIntended) and event.call_id == call_id


def _is_read_by_node(event: Event) -> TypeGuard[ValueRead]:
    return isinstance(event, ValueRead) and event.source != RESUME_INPUT


def _is_resume_input(event: Event | None) -> TypeGuard[ValueRead]:
    return isinstance(event, ValueRead) and event.source == RESUME_INPUT
