"""Stall detection: does the model repeat itself?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CYCLE = 4


def find_stall(signatures: Sequence[bytes], threshold: int) -> str | None:
    """Return why the steps so far are a stall, or None.

    A step's signature stands for its tool calls with their arguments, or for
    its text when it calls nothing. A stall is ``threshold`` equal steps in a
    row, or the cycle A-B-A-B.
    """
    if len(signatures) >= threshold and len(set(signatures[-threshold:])) == 1:
        return f"the model did exactly the same {threshold} times in a row"
    tail = signatures[-_CYCLE:]
    if len(tail) == _CYCLE and tail[0] == tail[2] != tail[1] == tail[3]:
        return "the model alternates between the same two steps"
    return None
