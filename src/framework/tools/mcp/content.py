"""What a tool of an MCP server answered, as text a model can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock

_BASE64_RATIO = 3 / 4


def text_of(result: CallToolResult) -> str:
    """Return the texts of a result one below the other, or its structured content as JSON.

    What is no text is said in words: its kind, type, name and size.
    """
    parts = [_text(block) for block in result.content]
    has_text = any(block.type == "text" for block in result.content)
    if result.structured_content is not None and not has_text:
        parts.append(orjson.dumps(result.structured_content).decode())
    return "\n".join(parts) if parts else "ok"


def _text(block: ContentBlock) -> str:
    match block.type:
        case "text":
            return block.text
        case "image" | "audio":
            return f"[{block.type} of type {block.mime_type}, {_bytes(block.data)}, not shown]"
        case "resource_link":
            size = f", {block.size} bytes" if block.size is not None else ""
            return f"[link to the resource {block.name!r} at {block.uri}{_typed(block.mime_type)}{size}]"
        case "resource":
            resource = block.resource
            about = f"the resource {resource.uri}{_typed(resource.mime_type)}"
            text = getattr(resource, "text", None)
            if isinstance(text, str):
                return f"[{about}]\n{text}"
            return f"[{about}, {_bytes(getattr(resource, 'blob', ''))}, not shown]"


def _typed(mime_type: str | None) -> str:
    return f" of type {mime_type}" if mime_type else ""


def _bytes(base64_text: str) -> str:
    return f"{int(len(base64_text.rstrip('=')) * _BASE64_RATIO)} bytes"
