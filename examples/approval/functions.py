"""The nodes that are plain functions: checking the input, keeping the approval, confirming the effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from framework.errors import InputError
from framework.graph import NodeContext  # noqa: TC001  (the annotation is read when the node is made)

from .approved import Approved, keep
from .config import MOST_FACT_CHARS
from .outbox import Outbox


def prepare(facts: str, outbox: str) -> dict[str, str]:
    """Check the input before a model or a person spends time on it.

    Raises:
        InputError: if there is nothing to announce, too much, or nowhere to send it.
    """
    if not facts.strip():
        raise InputError("There is nothing to announce: 'facts' is empty; say what happened.")
    if len(facts) > MOST_FACT_CHARS:
        raise InputError(f"'facts' has {len(facts)} characters; shorten it to {MOST_FACT_CHARS}.")
    path = Path(outbox).expanduser().absolute()
    if not outbox.strip() or path.is_dir():
        raise InputError(f"'outbox' names no file ({outbox!r}); give the path of one.")
    return {"outbox_path": str(path)}


def keep_approved(ctx: NodeContext) -> dict[str, bool]:
    """Keep the approved text for the tool that sends it."""
    keep(ctx.data_dir, Approved(text=ctx.inputs["draft"], outbox=ctx.inputs["outbox_path"]))
    return {"is_kept": True}


def confirm(ctx: NodeContext) -> dict[str, Any]:
    """Read in the outbox what was really sent.

    Raises:
        InputError: if nothing was.
    """
    found = Outbox(Path(ctx.inputs["outbox_path"])).messages(ctx.log.state.run_id)
    if not found:
        raise InputError("The announcement was approved and is not in the outbox; send it by hand.")
    return {"outcome": "sent", "sent": len(found), "sent_text": found[-1].text}


def shelve(decision: str) -> dict[str, Any]:
    """Close a rejected announcement: nothing is sent."""
    del decision
    return {"outcome": "rejected", "sent": 0}
