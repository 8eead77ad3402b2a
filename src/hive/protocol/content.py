"""Layer 0: the exact prompts and answers, in place or by reference to content sent apart."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from hive.protocol.base import Count, Id, Many, Number, Text, Whole, Wire, Word
from hive.protocol.forms import SHA256

Sha256 = Annotated[str, StringConstraints(pattern=SHA256)]
"""A SHA-256 in hexadecimal."""


class ContentRef(Wire):
    """Content that was sent apart, known by its SHA-256."""

    content_id: Id
    content_hash: Sha256
    byte_size: Count
    truncated_preview: Text | None = None


CapturedText = ContentRef | Text
"""A text, or the reference to it."""

CapturedContent = Annotated[ContentRef | Any, Field(union_mode="left_to_right")]
"""Anything, or the reference to it."""


class CapturedMessage(Wire):
    """A message of a conversation."""

    role: Word
    content: CapturedContent = None
    name: Word | None = None
    tool_call_id: Word | None = None


class CapturedTool(Wire):
    """A tool that was offered to the model."""

    name: Word
    description: Text | None = None
    parameters_schema: CapturedContent = None


class CapturedParams(Wire):
    """How the model was asked."""

    temperature: Number | None = None
    max_tokens: Count | None = None
    top_p: Number | None = None
    frequency_penalty: Number | None = None
    presence_penalty: Number | None = None
    stop: Many[Text] | Text | None = None
    seed: Whole | None = None
    top_k: Whole | None = None


class ContentCapture(Wire):
    """What was asked and answered."""

    system_prompt: CapturedText | None = None
    messages: ContentRef | Many[CapturedMessage] | None = None
    tools: ContentRef | Many[CapturedTool] | None = None
    params: CapturedParams | None = None
    response_content: CapturedText | None = None
    finish_reason: Word | None = None
    choice_count: Count | None = None
    has_images: bool | None = None
    image_urls: Many[Text] | None = None


class ToolCallFault(Wire):
    """Where the arguments of a tool call miss their schema."""

    path: Text | None = None
    message: Text | None = None
    expected_type: Word | None = None
    actual_type: Word | None = None


class ToolCallCapture(Wire):
    """A tool call the model asked for."""

    id: Word | None = None
    name: Word
    arguments: CapturedContent = None
    arguments_raw: CapturedText | None = None
    validation_errors: Many[ToolCallFault] | None = None
    is_valid: bool | None = None
    index: Count | None = None


class ContentItem(Wire):
    """Content sent apart."""

    content_id: Id
    content_hash: Sha256
    content: Annotated[str, Field(max_length=10_000_000)]
    byte_size: Count
