"""What clients say over their sockets, whatever the transport: events, and words that ask for something."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from hive.control.api.parts import Parts
from hive.control.api.socket_door import SENDERS
from hive.control.auth.gate import Gate
from hive.control.domain.personal_policy import personal
from hive.control.domain.principal import Program
from hive.control.domain.roles import KeyScope, Role
from hive.control.services.connections import Connection, Frame
from hive.control.services.policy_push import policy_frame
from hive.errors import ControlError, RefusedInputError

if TYPE_CHECKING:
    from hive.protocol import IngestAnswer

Word = Callable[[Parts, Connection, Mapping[str, Any]], Awaitable[None]]
"""Answers what a client asks; a ``ControlError`` becomes a message to it."""

READERS = Gate(role=Role.VIEWER, scope=KeyScope.POLICY)
"""Who may read the policy."""

_EVENTS = frozenset({"message", "event"})
_LONGEST_INSTANCE = 256
_log = logging.getLogger("hive.control")


async def get_policy(parts: Parts, connection: Connection, asked: Mapping[str, Any]) -> None:
    """Send the policy, as this client should have it."""
    del asked
    principal = connection.principal
    READERS.check(principal)
    team_id = principal.team_id
    if not isinstance(principal, Program):
        connection.push(policy_frame(await parts.policies.document(team_id, is_for_sdk=False)))
        return
    reading = await parts.policies.reading(team_id)
    connection.push(policy_frame(personal(reading.document, connection.agent_name)))
    await parts.policies.told(team_id, reading, [connection.sdk_instance_id])


WORDS: Mapping[str, Word] = {"get_policy": get_policy}
"""What every client may ask."""


class Hearing:
    """Takes what clients say."""

    def __init__(self, parts: Parts, words: Mapping[str, Word]) -> None:
        """Answer ``words``; anything else is an event, or a mistake."""
        self._parts = parts
        self._words = words

    async def frame(self, connection: Connection, said: object) -> None:
        """Take one message; this waits while too many of the client's are worked on."""
        await connection.hear(self._answer(connection, None, said))

    async def named(self, connection: Connection, name: str, said: object) -> None:
        """Take one message that came under a name."""
        await connection.hear(self._answer(connection, None if name in _EVENTS else name, said))

    async def _answer(self, connection: Connection, name: str | None, said: object) -> None:
        try:
            await self._take(connection, name, said)
        except ControlError as error:
            connection.push(complaint(str(error)))
        except Exception as error:  # noqa: BLE001  (the boundary of the task: the client is told, the log has it)
            _log.error("socket_message_failed", exc_info=error)
            connection.push(complaint("Hive met a fault of its own; its log tells more."))

    async def _take(self, connection: Connection, name: str | None, said: object) -> None:
        if name is None and not isinstance(said, dict):
            raise RefusedInputError("A message is a JSON object: an event, or a request with a type.")
        fields = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
        asked = name or _asked(fields)
        if asked is None:
            await self._event(connection, fields)
            return
        word = self._words.get(asked)
        if word is None:
            raise RefusedInputError(f"Nothing here goes by {asked[:60]!r}.")
        await word(self._parts, connection, fields)

    async def _event(self, connection: Connection, event: dict[str, Any]) -> None:
        SENDERS.check(connection.principal)
        sender = event.get("sdk_instance_id")
        if not connection.sdk_instance_id and isinstance(sender, str):
            connection.sdk_instance_id = sender[:_LONGEST_INSTANCE]
        answer: IngestAnswer = await self._parts.ingest.take(connection.principal.team_id, [event])
        for rejected in answer.rejected:
            raise RefusedInputError(f"The event was refused: {rejected.reason}")


def complaint(sentence: str) -> Frame:
    """Return the message that says what went wrong."""
    return Frame({"type": "error", "error": sentence})


def _asked(fields: Mapping[str, Any]) -> str | None:
    """Return what a message asks for; None if it is an event."""
    kind = fields.get("event_type")
    if kind == "get_policy":
        return kind
    wanted = fields.get("type")
    return wanted if kind is None and isinstance(wanted, str) else None
