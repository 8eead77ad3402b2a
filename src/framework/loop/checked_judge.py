"""A judge that is foreign code: its failure is the node's, and no reason to ask the model again."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from framework.errors import FrameworkError, NodeError
from framework.loop.judges import JudgeVerdict
from framework.tools.calls import FAILURES, stops_the_caller

if TYPE_CHECKING:
    from framework.loop.judges import JudgeContext, JudgeProtocol


class CheckedJudge:
    """Passes on what a judge rules, and fails the node where it rules nothing."""

    def __init__(self, judge: JudgeProtocol, node_id: str) -> None:
        """Check what ``judge`` rules on the node ``node_id``."""
        self._judge = judge
        self._node_id = node_id

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Return the ruling.

        Raises:
            NodeError: if the judge raised, or gave no verdict; another attempt would cost as much again. A
                judge that wants one raises a retryable ``NodeError`` of its own.
        """
        try:
            verdict = cast("object", await self._judge.evaluate(context))
        except FrameworkError:
            raise
        except FAILURES as error:  # A judge is foreign code; its error is the node's, with its reason.
            if stops_the_caller(error):
                raise
            raise self._broken(f"failed ({type(error).__name__}: {error})") from error
        if not isinstance(verdict, JudgeVerdict):
            raise self._broken(f"gave a {type(verdict).__name__}, and no JudgeVerdict")
        return verdict

    def _broken(self, what: str) -> NodeError:
        name = type(self._judge).__name__
        return NodeError(
            f"The judge {name} of node {self._node_id!r} {what}; mend the judge.",
            node_id=self._node_id,
            retryable=False,
        )
