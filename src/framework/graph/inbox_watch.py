"""Reading a live run's inbox: what other processes say reaches the run's control."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from framework.errors import InputError, JournalError
from framework.journal.inbox.base import InboxMessage, MessageKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from framework.graph.control import RunControl
    from framework.journal.inbox.base import Inbox
    from framework.journal.log import RunLog

POLL_S = 0.25
"""Seconds between two looks into an inbox."""

_log = logging.getLogger("framework.graph")


class InboxWatch:
    """Hands the messages of one run's inbox to its control.

    An answer stays in the inbox until the journal holds it, so that a crash
    loses none; wishes to pause or to end are taken away when the run has stopped.
    """

    def __init__(self, inbox: Inbox, control: RunControl, log: RunLog, *, old: Iterable[str]) -> None:
        """Watch ``inbox`` on behalf of the run that ``log`` writes.

        Args:
            inbox: the messages.
            control: hears them.
            log: says which questions are open.
            old: names of the messages that were there before this process held the run. A wish to pause
                among them is over: the run was carried on since.
        """
        self._inbox = inbox
        self._control = control
        self._log = log
        self._old = frozenset(old)
        self._told: dict[str, InboxMessage | None] = {}
        self._taking = asyncio.Lock()

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Hand messages on while the block lasts, the old ones before it begins.

        Raises:
            JournalError: if the old ones cannot be read.
        """
        if self._old:
            await self._take()
        self._control.look = self._look
        watch = asyncio.create_task(self._watch(), name=f"inbox {self._control.run_id}")
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait({watch})

    async def clear(self) -> None:
        """Take away what is done with, once the run's journal is stored, and keep what it did not come to."""
        await self._keep_unused()
        await self._remove([name for name, message in self._told.items() if not self._waits(message)])

    async def _keep_unused(self) -> None:
        """Leave answers that reached the run in another way where the next one to run it finds them."""
        kept = {message.question_id for message in self._told.values() if message is not None}
        for question_id, text in self._control.unused_answers().items():
            if question_id in kept or question_id not in self._log.state.questions:
                continue
            message = InboxMessage(kind=MessageKind.ANSWER, question_id=question_id, text=text)
            try:
                await self._inbox.put(message)
            except (InputError, JournalError) as error:
                _log.error("answer_lost", extra={"run_id": self._control.run_id, "error": str(error)})

    async def _watch(self) -> None:
        # Other processes live by the machine's time, whatever clock the run has.
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self._take()
                spent = [name for name, message in self._told.items() if self._is_spent(message)]
                if spent:
                    # Durable: it outlives the message, and fails if another process runs the run by now.
                    await self._log.commit(durable=True)
                    await self._remove(spent)
            except JournalError as error:
                self._warn_unreadable(error)

    async def _look(self) -> None:
        """Take what is there before a question is given up: the watch may not have come to it yet."""
        try:
            await self._take()
        except JournalError as error:
            self._warn_unreadable(error)

    def _warn_unreadable(self, error: JournalError) -> None:
        _log.warning("inbox_unreadable", extra={"run_id": self._control.run_id, "error": str(error)})

    async def _take(self) -> None:
        """Hand on the messages that came since the last look."""
        async with self._taking:
            for name in await self._inbox.names():
                if name not in self._told:
                    message = self._told[name] = await self._inbox.read(name)
                    if message is not None and not self._is_over(name, message):
                        self._hand_on(message)

    def _is_over(self, name: str, message: InboxMessage) -> bool:
        return message.kind is MessageKind.PAUSE and name in self._old

    def _hand_on(self, message: InboxMessage) -> None:
        _log.info("inbox_message", extra={"run_id": self._control.run_id, "kind": message.kind.value})
        match message.kind:
            case MessageKind.PAUSE:
                self._control.pause()
            case MessageKind.CANCEL:
                self._control.cancel()
            case MessageKind.ANSWER:
                try:
                    self._control.answer(message.text, message.question_id)
                except InputError:  # It was answered meanwhile, or the question is gone.
                    _log.info("inbox_answer_unused", extra={"run_id": self._control.run_id})

    def _waits(self, message: InboxMessage | None) -> bool:
        """Whether a message is an answer to a question that is still open."""
        if message is None or message.kind is not MessageKind.ANSWER:
            return False
        return message.question_id in self._log.state.questions

    def _is_spent(self, message: InboxMessage | None) -> bool:
        return message is None or (message.kind is MessageKind.ANSWER and not self._waits(message))

    async def _remove(self, names: list[str]) -> None:
        for name in names:
            del self._told[name]
        if not names:
            return
        try:
            await self._inbox.remove(names)
        except JournalError as error:  # A message that stays says nothing new when it is read again.
            _log.warning("inbox_not_cleared", extra={"run_id": self._control.run_id, "error": str(error)})
