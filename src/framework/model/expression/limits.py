"""What one expression may cost, in text, depth, steps and size."""

from __future__ import annotations

from framework.errors import ExpressionEvaluationError

MAX_TEXT_LENGTH = 2_000
"""Characters of an expression. Without loops in the language this bounds its operations too."""

MAX_NESTING = 24
"""Brackets and powers inside each other; keeps the evaluator's own stack small."""

MAX_DATA_DEPTH = 64
"""Levels of lists and dictionaries that are copied or turned into text."""

MAX_STEPS = 20_000
"""Budget of one evaluation. A step pays for one element handled, or for about 64 bytes made."""

MAX_INT_BITS = 1_024
"""Bits of an integer that takes part in arithmetic."""

MAX_NUMERAL_LENGTH = 400
"""Characters of a text that ``int`` and ``float`` read."""

MADE_PER_STEP = 16
"""Characters made for one step (four bytes each at most)."""

COPIED_PER_STEP = 8
"""List slots copied or scanned for one step."""

READ_PER_STEP = 128
"""Characters searched or compared for one step."""


class Meter:
    """Counts down the steps of one evaluation."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        """Start with the whole budget."""
        self.left = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Pay ``steps`` before doing what they stand for.

        Raises:
            ExpressionEvaluationError: when the budget is used up.
        """
        self.left -= steps
        if self.left < 0:
            raise ExpressionEvaluationError(
                "it handles more data than one expression may; test a smaller value, "
                "or compute the answer in a function node"
            )

    def make_text(self, length: int) -> None:
        """Pay for ``length`` characters of new text."""
        self.spend(length // MADE_PER_STEP + 1)

    def copy_slots(self, count: int) -> None:
        """Pay for copying or scanning ``count`` elements."""
        self.spend(count // COPIED_PER_STEP + 1)

    def read_text(self, length: int) -> None:
        """Pay for searching or comparing ``length`` characters."""
        self.spend(length // READ_PER_STEP)
