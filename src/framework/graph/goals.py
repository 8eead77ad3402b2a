"""Goals: measuring what a run achieved, and which rules it broke."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import orjson

from framework.errors import ExpressionError, ProviderError, SpecError
from framework.graph.routing import names_for
from framework.journal.state import WalkLane
from framework.loop.prompts import goal_text
from framework.model.expression import Expression, parse
from framework.model.goal import Goal

if TYPE_CHECKING:
    from framework.model.goal import Constraint, SuccessCriterion

Ask = Callable[[str, str, dict[str, Any]], Awaitable[str]]
"""Asks a model: system, prompt, JSON schema of the answer -> text."""

_LLM_JUDGE = "llm_judge"
_CUSTOM = "custom"
_KEPT = 0.5
_COMPARISON = re.compile(r"^\s*(>=|<=|==|!=|>|<|)\s*(-?\d+(?:\.\d+)?)\s*(%?)\s*$")
_PERCENT = 100
_OUTPUT_CHARS = 6000


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionScore:
    """One criterion, measured.

    ``score`` is 0 to 1, None when nothing could measure it; ``measured`` is what was found.
    """

    id: str
    weight: float
    score: float | None
    measured: Any = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintRuling:
    """One constraint; ``kept`` is None when nothing could check it."""

    id: str
    is_hard: bool
    kept: bool | None
    category: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalEvaluation:
    """What a run achieved.

    ``score`` is the weighted sum over the weights of all criteria, 0 to 1;
    an unmeasured criterion adds nothing to it.
    """

    score: float | None
    criteria: tuple[CriterionScore, ...]
    constraints: tuple[ConstraintRuling, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as JSON data."""
        return asdict(self)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Expression | None:
    try:
        return parse(text)
    except ExpressionError:
        return None


def check_goal(goal: Goal | None) -> None:
    """Check that every expression of a goal parses.

    Raises:
        SpecError: naming each that does not.
    """
    if goal is None:
        return
    checks = [(f"constraint {item.id!r}", item.check) for item in goal.constraints if _is_checked(item)]
    checks += [
        (f"criterion {item.id!r}", item.target)
        for item in goal.success_criteria
        if item.metric == _CUSTOM and isinstance(item.target, str)
    ]
    wrong = [f"{where}: {text!r}" for where, text in checks if _parsed(text) is None]
    if wrong:
        raise SpecError(
            f"These expressions of goal {goal.id!r} do not parse: {'; '.join(wrong)}. Correct them, "
            "or leave them out and let a model judge by the description."
        )


def _is_checked(constraint: Constraint) -> bool:
    """Whether an expression checks the constraint."""
    return constraint.check not in {"", _LLM_JUDGE}


def violated_constraint(goal: Goal, lane: WalkLane) -> str | None:
    """Return a sentence for the first hard constraint the memory violates so far, or None.

    A constraint that reads a key nobody has set yet is not violated.
    """
    for constraint in goal.constraints:
        if not (constraint.is_hard and _is_checked(constraint)):
            continue
        expression = _parsed(constraint.check)
        if expression is not None and _holds(expression, lane) is False:
            return f"Constraint {constraint.id!r} is violated: {constraint.description or constraint.check}"
    return None


def _holds(expression: Expression, lane: WalkLane) -> bool | None:
    try:
        return expression.holds(names_for(expression, lane.memory, lane.memory))
    except ExpressionError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What a goal is measured by."""

    goal: Goal
    lane: WalkLane
    output: Mapping[str, Any]
    ask: Ask | None
    is_due: Callable[[str], bool]


def _never(metric: str) -> bool:
    del metric
    return False


async def evaluate_goal(
    goal: Goal, lane: WalkLane, ask: Ask | None, *, is_due: Callable[[str], bool] = _never
) -> GoalEvaluation:
    """Measure every criterion and check every constraint against the run's memory.

    Args:
        goal: what was to be achieved.
        lane: the main walk at its end.
        ask: asks a model; without one, what only a model can judge stays unmeasured.
        is_due: whether a metric of this name was the run's own to set, so that no model guesses it.
    """
    output = {key: value.load() for key, value in lane.memory.items()}
    evidence = _Evidence(goal=goal, lane=lane, output=output, ask=ask, is_due=is_due)
    criteria = [await _score(item, evidence) for item in goal.success_criteria]
    constraints = [await _rule(item, evidence) for item in goal.constraints]
    total = sum(item.weight for item in criteria)
    reached = sum(item.weight * (item.score or 0.0) for item in criteria)
    return GoalEvaluation(
        score=round(reached / total, 6) if total else None,
        criteria=tuple(criteria),
        constraints=tuple(constraints),
    )


async def _score(criterion: SuccessCriterion, evidence: _Evidence) -> CriterionScore:
    metric, output = criterion.metric, evidence.output
    if metric == "output_contains":
        return _scored(criterion, float(_compares(criterion.target, output, _contains)), criterion.target)
    if metric == "output_equals":
        return _scored(criterion, float(_compares(criterion.target, output, _equals)), criterion.target)
    if metric == _CUSTOM and isinstance(criterion.target, str):
        return _custom(criterion, evidence.lane)
    if metric not in {_LLM_JUDGE, _CUSTOM}:
        if metric in output:
            return _number(criterion, output[metric])
        if evidence.is_due(metric):
            return _unmeasured(criterion, f"the run did not set {metric!r}")
    question = f"Success criterion: {criterion.description or criterion.id}. Target: {criterion.target}."
    score, note = await _judged(question, evidence)
    return CriterionScore(id=criterion.id, weight=criterion.weight, score=score, measured=score, note=note)


def _scored(criterion: SuccessCriterion, score: float, measured: object, note: str = "") -> CriterionScore:
    return CriterionScore(id=criterion.id, weight=criterion.weight, score=score, measured=measured, note=note)


def _unmeasured(criterion: SuccessCriterion, why: str) -> CriterionScore:
    return CriterionScore(id=criterion.id, weight=criterion.weight, score=None, note=f"unmeasured: {why}")


def _custom(criterion: SuccessCriterion, lane: WalkLane) -> CriterionScore:
    expression = _parsed(str(criterion.target))
    holds = _holds(expression, lane) if expression else None
    if holds is None:
        return _unmeasured(criterion, "the target has no value")
    return _scored(criterion, float(holds), holds)


def _number(criterion: SuccessCriterion, value: object) -> CriterionScore:
    """Score a number the run measured: against its target, or as it is when it has none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        reached = value == criterion.target if criterion.target is not None else bool(value)
        return _scored(criterion, float(reached), value)
    if criterion.target is None:
        return _scored(criterion, min(1.0, max(0.0, float(value))), value)
    return _scored(criterion, float(meets(float(value), criterion.target)), value)


def meets(value: float, target: object) -> bool:
    """Whether a number meets a target.

    A target is a comparison (``">=0.9"``, ``"< 5"``), or a number to reach, as
    a number or as text; a percentage (``">= 90%"``) is a share of 1. Any other text is never met.
    """
    if isinstance(target, (int, float)):
        return value >= target
    match = _COMPARISON.match(str(target))
    if match is None:
        return False
    sign, text, percent = match.groups()
    limit = float(text) / (_PERCENT if percent else 1)
    return {
        "": value >= limit,
        ">=": value >= limit,
        "<=": value <= limit,
        "==": value == limit,
        "!=": value != limit,
        ">": value > limit,
        "<": value < limit,
    }[sign]


def _compares(target: Any, output: Mapping[str, Any], test: Callable[[Any, Any], bool]) -> bool:
    """Apply ``test``: key by key when the target is an object, else to the output and each value."""
    if isinstance(target, dict):
        wanted = cast("dict[str, Any]", target)
        return all(key in output and test(output[key], value) for key, value in wanted.items())
    return test(dict(output), target) or any(test(value, target) for value in output.values())


def _equals(value: Any, target: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    return value == target and isinstance(value, bool) is isinstance(target, bool)


def _contains(value: Any, target: Any) -> bool:
    if _equals(value, target):
        return True
    if isinstance(value, str):
        return isinstance(target, str) and target in value
    if isinstance(value, dict):
        return any(_contains(item, target) for item in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return any(_contains(item, target) for item in cast("list[Any]", value))
    return False


async def _rule(constraint: Constraint, evidence: _Evidence) -> ConstraintRuling:
    if _is_checked(constraint):
        expression = _parsed(constraint.check)
        kept = _holds(expression, evidence.lane) if expression else None
        note = "unmeasured: the check has no value" if kept is None else ""
        return _ruling(constraint, kept, note)
    question = f"Rule: {constraint.description or constraint.id}. Score 1 if it is kept, 0 if it is broken."
    score, note = await _judged(question, evidence)
    kept = None if score is None else score >= _KEPT
    return _ruling(constraint, kept, note)


def _ruling(constraint: Constraint, kept: bool | None, note: str) -> ConstraintRuling:  # noqa: FBT001  (what it rules)
    return ConstraintRuling(
        id=constraint.id, is_hard=constraint.is_hard, kept=kept, category=constraint.category, note=note
    )


_SCORE_SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "number", "minimum": 0, "maximum": 1}, "reason": {"type": "string"}},
    "required": ["score", "reason"],
}


async def _judged(question: str, evidence: _Evidence) -> tuple[float | None, str]:
    if evidence.ask is None:
        return None, "unmeasured: no model to judge it"
    output = orjson.dumps(evidence.output).decode()[:_OUTPUT_CHARS]
    prompt = (
        f"{goal_text(evidence.goal)}\n{question}\n\nOutput of the run:\n{output}\n\n"
        'Answer with JSON: {"score": 0 to 1, "reason": "..."}'
    )
    try:
        text = await evidence.ask(
            "You measure how well an output meets a criterion. Be strict.", prompt, _SCORE_SCHEMA
        )
    except ProviderError as error:
        return None, f"unmeasured: {error}"
    return _read_score(text)


def _read_score(text: str) -> tuple[float | None, str]:
    start, end = text.find("{"), text.rfind("}")
    try:
        record = cast("dict[str, Any]", orjson.loads(text[start : end + 1]))
        score = _number_of(record["score"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None, "unmeasured: the judge's answer could not be read"
    return min(1.0, max(0.0, score)), str(record.get("reason", ""))


def _number_of(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError("A score is a number, and true is none.")
    return float(value)
