"""What one process tells all, over Redis: a hint to look, never the only copy of a fact."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from hive.control.services.outages import Outage
from hive.control.services.worker import Worker

if TYPE_CHECKING:
    from redis.asyncio import Redis

Listener = Callable[[str], Awaitable[None]]
"""Told of what was announced on a channel."""

_PAUSE_S = 0.5
_TURN_S = 1.0
_log = logging.getLogger("hive.control")


class Announcements:
    """Hears the channels that others registered for.

    Attributes:
        worker: hears in the background.
        on_return: told each time it begins to hear, perhaps after some were missed.
    """

    def __init__(self, hot: Redis) -> None:
        """Hear over ``hot``."""
        self.worker = Worker("announcements", self._work, again_s=_PAUSE_S)
        self.on_return: list[Callable[[], Awaitable[None]]] = []
        self._hot = hot
        self._outage = Outage("announcements_not_heard")
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    def hear(self, channel: str, listener: Listener) -> None:
        """Tell ``listener`` of what is announced on ``channel``; call this before the start."""
        self._listeners[channel].append(listener)

    async def _work(self) -> float:
        try:
            await self._listen()
        except (RedisError, OSError, TimeoutError) as error:
            self._outage.failed(reason=type(error).__name__)
        return _PAUSE_S

    async def _listen(self) -> None:
        """Hear until Redis goes away."""
        async with self._hot.pubsub() as heard:  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
            await heard.subscribe(*self._listeners)  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
            self.worker.report_well()
            for tell in self.on_return:
                await tell()
            while True:
                answer: Any = await heard.get_message(ignore_subscribe_messages=True, timeout=_TURN_S)  # pyright: ignore[reportUnknownVariableType]  (redis leaves it untyped)
                self._outage.went_well()
                if answer is not None:
                    await self._tell(answer["channel"].decode(), answer["data"].decode())

    async def _tell(self, channel: str, said: str) -> None:
        for listener in self._listeners[channel]:
            try:
                await listener(said)
            except Exception as error:  # noqa: BLE001  (the boundary to whoever listens: the others hear on)
                _log.error("announcement_listener_failed", exc_info=error)
