"""A provider made of one provider for each lane of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from framework.llm.base import LLMProvider, ModelRequest
    from framework.llm.stream import StreamEvent


class ProviderByLane:
    """Lets whoever answers know which lane asks, as a replay must: two branches may ask the same.

    Attributes:
        model: name of the default model.
        at: gives the provider of a lane by the lane's id.
    """

    def __init__(self, model: str, at: Callable[[str], LLMProvider]) -> None:
        """Answer each lane through ``at``."""
        self.model = model
        self.at = at

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Refuse: only a lane's own provider answers.

        Raises:
            ProviderError: always.
        """
        del request
        raise ProviderError("This provider answers lanes of a run; ask the one that at(lane) gives.")
        yield  # An asynchronous generator, as the protocol asks.
