"""The tool with an effect outside: it sends what was approved, and takes no text from the model."""

from __future__ import annotations

from pathlib import Path

from framework.tools import ToolContext, tool

from .approved import recall
from .outbox import Message, Outbox


@tool(effect="once")
def send_announcement(context: ToolContext) -> str:
    """Send the approved announcement, as it was approved, and return a receipt.

    Args:
        context: the call.
    """
    approved = recall(context.data_dir)
    is_new = Outbox(Path(approved.outbox)).send(Message(id=context.run_id, text=approved.text))
    return f"{'Sent' if is_new else 'It was sent before'}, as message {context.run_id}."
