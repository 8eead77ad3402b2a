"""Sending events: batches, and what is said of each event."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from hive.protocol.base import Count, Wire
from hive.protocol.content import ContentItem

MOST_EVENTS = 5000
"""Events of one batch that are taken."""


class EventBatch(Wire):
    """Events, each judged alone."""

    events: Annotated[list[Any], Field(max_length=MOST_EVENTS)]


class MeterBatch(Wire):
    """Metrics as the stand-alone transport of SDKs sends them."""

    metrics: Annotated[list[Any], Field(max_length=MOST_EVENTS)]
    timestamp: float | None = None


class ContentBatch(Wire):
    """Content sent apart from its events."""

    items: Annotated[list[ContentItem], Field(max_length=MOST_EVENTS)]


class RejectedEvent(Wire):
    """An event of a batch that does not count, and why."""

    index: Count
    reason: str


class IngestAnswer(Wire):
    """What became of a batch.

    Attributes:
        processed: events that are stored, those stored before among them.
        duplicates: of these, the ones that were stored before.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "success": True,
                    "processed": 2,
                    "duplicates": 0,
                    "rejected": [{"index": 1, "reason": "data.model: Field required"}],
                }
            ]
        }
    )

    success: bool = True
    processed: Count
    duplicates: Count = 0
    rejected: list[RejectedEvent] = Field(default_factory=list[RejectedEvent])


class StoredAnswer(Wire):
    """What became of content."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"success": True, "stored": 1, "rejected": []}]}
    )

    success: bool = True
    stored: Count
    rejected: list[RejectedEvent] = Field(default_factory=list[RejectedEvent])
