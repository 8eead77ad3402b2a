"""The node that lets a model work: turns of answers and tool calls until a judge accepts.

The loop keeps no state of its own. What comes next is read from the visit's
state, which is the fold of the journal, so the loop goes on from anywhere.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, assert_never

from framework.errors import (
    EscalatedError,
    IterationsExhaustedError,
    StallError,
)
from framework.journal.fold import TURN
from framework.journal.state import Step
from framework.loop.checked_judge import CheckedJudge
from framework.loop.compaction import compact
from framework.loop.context import NodeResult
from framework.loop.judges import (
    ComposedJudge,
    Exchange,
    JudgeContext,
    JudgeProtocol,
    LLMJudge,
    OutputAccumulator,
    RequiredOutputsJudge,
    SchemaJudge,
)
from framework.loop.model_call import ask_aside, ask_turn
from framework.loop.people import ask_person
from framework.loop.stall import find_stall
from framework.loop.tool_calls import NO_REASON, answer_calls
from framework.model.events import InputInjected, JudgeRuled
from framework.model.loop_config import ClientTurns
from framework.model.message import Role
from framework.model.value import Value
from framework.tools.synthetic import SYNTHETIC_NAMES

if TYPE_CHECKING:
    from typing import Any

    from framework.journal.state import NodeState
    from framework.loop.context import NodeContext

_SUMMARY_MESSAGES = 6
_SUMMARY_CHARS = 300
_GO_ON = "This is not accepted yet. Go on."


class EventLoopNode:
    """Runs a model in turns until its judge accepts, escalates, or a limit is passed."""

    def __init__(self, judge: JudgeProtocol | None = None) -> None:
        """Let ``judge`` rule besides the node's own judges."""
        self._judge = judge
        self._injected: deque[str] = deque()

    async def inject_event(self, content: str) -> None:
        """Give the live node a message; it sees it at its next turn, or as the answer it waits for."""
        self._injected.append(content)

    async def execute(self, ctx: NodeContext) -> NodeResult:
        """Run one attempt from wherever its journal stands.

        Raises:
            NodeError: when the node stalls, escalates or uses up its iterations.
            ProviderError: when the model cannot answer.
            RunPausedError: when a person must answer and nobody is there.
        """
        judge = self._judges(ctx)
        while ctx.visit.step is not Step.ACCEPTED:
            await self._advance(ctx, judge)
        outputs = {key: value.load() for key, value in ctx.visit.outputs.items()}
        return NodeResult(success=True, output=outputs)

    async def _advance(self, ctx: NodeContext, judge: JudgeProtocol) -> None:
        while self._injected:
            ctx.inbox.append(self._injected.popleft())
        step = ctx.visit.step
        match step:
            case Step.ASK_MODEL:
                await _ask_model(ctx)
            case Step.RUN_TOOLS:
                await answer_calls(ctx)
            case Step.TURN_OVER:
                await _end_turn(ctx, judge)
            case Step.ESCALATED:
                await answer_calls(ctx)  # The call that escalated may be without its result yet.
                reason = ctx.visit.feedback or NO_REASON
                raise EscalatedError(
                    f"Node {ctx.node_id!r} escalated: {reason}", node_id=ctx.node_id, retryable=False
                )
            case Step.ACCEPTED:
                return
            case _:
                assert_never(step)

    def _judges(self, ctx: NodeContext) -> JudgeProtocol:
        judges: list[JudgeProtocol] = [RequiredOutputsJudge()]
        if ctx.node_spec.output_model is not None:
            judges.append(SchemaJudge(ctx.node_spec.output_model))
        own = (judge for judge in (self._judge, ctx.judge) if judge is not None)
        judges.extend(CheckedJudge(judge, ctx.node_id) for judge in own)
        if ctx.node_spec.success_criteria:

            async def ask(system: str, prompt: str, schema: dict[str, Any]) -> str:
                return await ask_aside(ctx, "judge", system, prompt, schema)

            judges.append(LLMJudge(ctx.node_spec.success_criteria, ask, cleaned=ctx.credentials.failure_text))
        return ComposedJudge(judges)


async def _ask_model(ctx: NodeContext) -> None:
    _check_limits(ctx)
    if ctx.lane.requested != TURN:  # A request in flight when the run stopped is asked again as it was.
        while ctx.inbox and not ctx.visit.answers:
            ctx.log.record(InputInjected(node_id=ctx.node_id, text=Value.of(ctx.inbox.popleft())))
        if not ctx.visit.compacted:
            await compact(ctx)
    await ask_turn(ctx)


def _check_limits(ctx: NodeContext) -> None:
    visit, limit = ctx.visit, ctx.config.max_iterations
    stall = find_stall(visit.signatures, ctx.config.stall_detection_threshold)
    if stall is not None:
        turn = visit.turn if visit.answers else visit.turn - 1  # The one before, if this has just begun.
        raise StallError(
            f"Node {ctx.node_id!r} stalled in turn {turn}: {stall}.",
            node_id=ctx.node_id,
            retryable=False,
        )
    if visit.turn > limit:
        missing = ", ".join(_missing(ctx)) or "none"
        raise IterationsExhaustedError(
            f"Node {ctx.node_id!r} used up its {limit} turns without being accepted "
            f"(outputs still missing: {missing}). Raise max_iterations, or sharpen its prompt or judge.",
            node_id=ctx.node_id,
            retryable=False,
        )
    if visit.answers >= limit:
        raise IterationsExhaustedError(
            f"Node {ctx.node_id!r} made {visit.answers} model calls in one turn and still calls tools. "
            "Raise max_iterations, or tell it when to stop.",
            node_id=ctx.node_id,
            retryable=False,
        )


async def _end_turn(ctx: NodeContext, judge: JudgeProtocol) -> None:
    if ctx.node_spec.client_facing and _blocks(ctx) and not ctx.visit.replied:
        await ask_person(ctx, _said(ctx))
        await ctx.log.commit()
    verdict = await judge.evaluate(_judge_context(ctx))
    feedback = verdict.feedback
    if verdict.action == "RETRY" and not feedback and not ctx.visit.replied:
        feedback = _GO_ON  # Without a word from anyone, the model would be asked to follow itself.
    ctx.log.record(JudgeRuled(action=verdict.action, feedback=Value.of(feedback)))
    await ctx.log.commit()


def _said(ctx: NodeContext) -> str:
    """Return what the model said to the person in this turn, whatever calls came between."""
    texts: list[str] = []
    for message in reversed(ctx.lane.conversation.messages()):
        if message.role is Role.USER:
            break
        if message.role is Role.ASSISTANT and message.content.strip():
            texts.append(message.content)
    return "\n\n".join(reversed(texts)) or f"{ctx.node_spec.name or ctx.node_id} waits for your reply."


def _blocks(ctx: NodeContext) -> bool:
    """Whether the turn that just ended waits for the person (``LoopConfig.client_turns``)."""
    names = [call.name for call in ctx.visit.turn_calls]
    match ctx.config.client_turns:
        case ClientTurns.BOUNDARY:
            return all(name in SYNTHETIC_NAMES for name in names)
        case ClientTurns.TEXT:
            return not names
        case ClientTurns.ASK:
            return False


def _missing(ctx: NodeContext) -> list[str]:
    spec, outputs = ctx.node_spec, ctx.visit.outputs
    required = [key for key in spec.output_keys if key not in spec.nullable_output_keys]
    return [key for key in required if key not in outputs or outputs[key].raw == b"null"]


def _judge_context(ctx: NodeContext) -> JudgeContext:
    visit: NodeState = ctx.visit
    spec = ctx.node_spec
    return JudgeContext(
        assistant_text=visit.text,
        tool_calls=[{"name": call.name, "input": call.arguments.load()} for call in visit.turn_calls],
        outputs=OutputAccumulator({key: value.load() for key, value in visit.outputs.items()}),
        iteration=visit.turn,
        output_keys=spec.output_keys,
        nullable_output_keys=spec.nullable_output_keys,
        missing_keys=_missing(ctx),
        conversation_summary=_conversation_summary(ctx),
        goal=ctx.goal,
        person_replied=visit.replied,
        inputs=ctx.inputs,
        exchanges=[Exchange(question=asked.load(), answer=said.load()) for asked, said in visit.exchanges],
    )


def _conversation_summary(ctx: NodeContext) -> str:
    recent = ctx.lane.conversation.messages()[-_SUMMARY_MESSAGES:]
    return "\n".join(f"{m.role}: {m.content[:_SUMMARY_CHARS]}" for m in recent if m.role is not Role.TOOL)
