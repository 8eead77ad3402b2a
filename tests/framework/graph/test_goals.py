"""Goals are measured, never guessed; hard constraints are checked during and after a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Never

import pytest

from framework.errors import ProviderError, SpecError
from framework.graph import Constraint, Goal, SuccessCriterion
from framework.graph.goals import GoalEvaluation, check_goal, evaluate_goal, meets
from framework.journal.state import WalkLane
from framework.llm import ScriptedProvider
from framework.model.value import Value
from tests.support.walked_graphs import Walked, edge, failing, giving, graph, node, walked

if TYPE_CHECKING:
    from framework.graph import ExecutionResult
    from framework.llm.base import ModelRequest


def criterion(metric: str, target: Any = None, **fields: Any) -> SuccessCriterion:
    return SuccessCriterion(**({"id": "c", "metric": metric, "target": target} | fields))


def rule(check: str = "", kind: str = "hard", **fields: Any) -> Constraint:
    return Constraint(**({"id": "r", "constraint_type": kind, "check": check} | fields))


def goal(*parts: SuccessCriterion | Constraint) -> Goal:
    return Goal(
        id="goal",
        success_criteria=[part for part in parts if isinstance(part, SuccessCriterion)],
        constraints=[part for part in parts if isinstance(part, Constraint)],
    )


async def evaluated(*parts: SuccessCriterion | Constraint, ask: Any = None, **memory: Any) -> GoalEvaluation:
    lane = WalkLane("m", None)
    lane.memory = {key: Value.of(value) for key, value in memory.items()}
    return await evaluate_goal(goal(*parts), lane, ask)


async def score(metric: str, target: Any = None, ask: Any = None, **memory: Any) -> float | None:
    return (await evaluated(criterion(metric, target), ask=ask, **memory)).criteria[0].score


def answering(*answers: Any) -> Any:
    """Return something to ask that answers from a list and notes its prompts."""
    left = list(answers)

    async def ask(system: str, prompt: str, schema: dict[str, Any]) -> str:
        prompts.append(prompt)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    prompts: list[str] = []
    ask.prompts = prompts  # type: ignore[attr-defined]  (a test's note)
    return ask


# Metrics.


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("bee", True), ("bees hum", True), ("Bee", False), ({"text": "hum"}, True), ({"text": "wasp"}, False),
        ({"tags": 3}, True), ({"other": 1}, False), (3, True), (4, False), ("deep", True), (True, False),
        ({"tags": 3, "text": "bees"}, True),
    ],
)  # fmt: skip
async def test_output_contains_looks_into_texts_lists_and_objects(target: Any, reached: bool) -> None:
    memory = {"text": "bees hum", "tags": [1, 2, 3], "nested": {"a": [{"b": "deep"}]}}
    assert await score("output_contains", target, **memory) == float(reached)


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("bees hum", True), ("bees", False), ({"text": "bees hum"}, True),
        ({"text": "bees hum", "n": 1}, True),
        ({"n": True}, False), (1, True), (True, False), ({"gone": None}, False), (["bees hum"], False),
    ],
)  # fmt: skip
async def test_output_equals_compares_values(target: Any, reached: bool) -> None:
    assert await score("output_equals", target, text="bees hum", n=1) == float(reached)


async def test_output_equals_may_name_the_whole_output() -> None:
    assert await score("output_equals", {"n": 1}, n=1) == 1.0


@pytest.mark.parametrize(
    ("value", "target", "reached"),
    [
        (0.95, ">=0.9", 1.0), (0.85, ">= 0.9", 0.0), (0.95, ">= 90%", 1.0), (5, "< 5", 0.0), (5, "<=5", 1.0),
        (5, "==5", 1.0), (5, "!=5", 0.0), (6, ">5", 1.0), (-1, "> -2", 1.0), (0.95, 0.9, 1.0),
        (0.85, 0.9, 0.0), (4, "5", 0.0), (0.9, "90%", 1.0),
        (5, "5", 1.0), (5, "many", 0.0), (0.4, None, 0.4), (7, None, 1.0), (-1, None, 0.0),
        (True, None, 1.0), (False, None, 0.0), (True, True, 1.0), ("good", "good", 1.0), ("bad", "good", 0.0),
        ("", None, 0.0),
    ],
)  # fmt: skip
async def test_a_named_metric_is_the_output_of_that_name_against_its_target(
    value: Any, target: Any, reached: float
) -> None:
    assert await score("coverage_score", target, coverage_score=value) == reached


def test_meets_reads_comparisons() -> None:
    assert meets(1.5, " > 1.4 ")
    assert not meets(1.5, "about 1")


@pytest.mark.parametrize(
    ("target", "reached"), [("n > 1", 1.0), ("n > 2", 0.0), ("output.n == 2", 1.0), ("gone > 1", None)]
)
async def test_a_custom_metric_is_an_expression(target: str, reached: float | None) -> None:
    found = (await evaluated(criterion("custom", target), n=2)).criteria[0]
    assert found.score == reached
    assert found.note == ("" if reached is not None else "unmeasured: the target has no value")


@pytest.mark.parametrize("metric", ["llm_judge", "custom", "coverage_score"])
async def test_what_only_a_model_can_judge_is_unmeasured_without_one(metric: str) -> None:
    found = await evaluated(criterion(metric), criterion("output_equals", 1, id="d"), n=1)
    assert (found.criteria[0].score, found.criteria[0].note) == (None, "unmeasured: no model to judge it")
    assert found.score == 0.5


async def test_a_metric_that_is_the_runs_own_to_set_is_never_guessed_by_a_model() -> None:
    parts = goal(criterion("coverage_score", ">=0.9"), criterion("other", id="d"))
    lane = WalkLane("m", None)

    found = await evaluate_goal(
        parts, lane, answering('{"score": 1}'), is_due=lambda metric: metric == "coverage_score"
    )

    assert [each.score for each in found.criteria] == [None, 1.0]
    assert found.criteria[0].note == "unmeasured: the run did not set 'coverage_score'"


async def test_a_model_judges_with_a_score_and_a_reason() -> None:
    ask = answering('Well: {"score": 0.7, "reason": "mostly"}')
    found = (
        await evaluated(criterion("llm_judge", description="It is kind", target="very"), ask=ask, n=1)
    ).criteria
    assert (found[0].score, found[0].note) == (0.7, "mostly")
    assert "It is kind" in ask.prompts[0]
    assert "very" in ask.prompts[0]
    assert '{"n":1}' in ask.prompts[0]


@pytest.mark.parametrize(
    ("answer", "reached"), [('{"score": 3}', 1.0), ('{"score": -3}', 0.0), ('{"score": "0.5"}', 0.5)]
)
async def test_a_models_score_is_kept_between_0_and_1(answer: str, reached: float) -> None:
    assert await score("llm_judge", ask=answering(answer)) == reached


@pytest.mark.parametrize(
    "answer", ["", "yes", "{}", '{"score": true}', '{"score": "high"}', "{broken", '{"score": null}', "[1]"]
)
async def test_a_model_that_cannot_be_read_leaves_the_criterion_unmeasured(answer: str) -> None:
    found = (await evaluated(criterion("llm_judge"), ask=answering(answer))).criteria[0]
    assert (found.score, found.note) == (None, "unmeasured: the judge's answer could not be read")


async def test_a_model_that_fails_leaves_the_criterion_unmeasured() -> None:
    found = (await evaluated(criterion("llm_judge"), ask=answering(ProviderError("no line")))).criteria[0]
    assert (found.score, found.note) == (None, "unmeasured: no line")


async def test_a_provider_with_a_fault_leaves_the_criterion_unmeasured_and_the_run_ends() -> None:
    class Faulty(ScriptedProvider):
        def stream(self, request: object) -> Never:
            raise ValueError("a bug")

    result = await run(criterion("llm_judge"), llm=Faulty([]))
    assert result.status == "succeeded"
    assert result.evaluation is not None
    note = result.evaluation["criteria"][0]["note"]
    assert note == "unmeasured: The model's provider failed (ValueError: a bug)."


async def test_the_goals_score_is_the_weighted_sum_over_all_weights() -> None:
    found = await evaluated(
        criterion("output_equals", 1, id="a", weight=0.5),
        criterion("output_equals", 2, id="b", weight=0.25),
        criterion("llm_judge", id="c", weight=0.25),
        n=1,
    )
    assert found.score == 0.5
    assert [(each.id, each.weight, each.score) for each in found.criteria] == [
        ("a", 0.5, 1.0), ("b", 0.25, 0.0), ("c", 0.25, None),
    ]  # fmt: skip


async def test_a_goal_without_weight_has_no_score() -> None:
    assert (await evaluated(criterion("output_equals", 1, weight=0.0), n=1)).score is None
    assert (await evaluated(rule("n == 1"), n=1)).score is None


# Constraints.


@pytest.mark.parametrize(("check", "kept"), [("n < 5", True), ("n > 5", False), ("gone > 5", None)])
async def test_a_constraint_with_a_check_is_an_expression_over_the_output(
    check: str, kept: bool | None
) -> None:
    found = (await evaluated(rule(check), n=1)).constraints[0]
    assert (found.kept, found.is_hard) == (kept, True)
    assert found.note == ("" if kept is not None else "unmeasured: the check has no value")


@pytest.mark.parametrize("check", ["", "llm_judge"])
async def test_a_constraint_without_a_check_is_for_a_model(check: str) -> None:
    unmeasured = (await evaluated(rule(check), n=1)).constraints[0]
    assert (unmeasured.kept, unmeasured.note) == (None, "unmeasured: no model to judge it")
    for answer, kept in (('{"score": 1}', True), ('{"score": 0}', False), ("?", None)):
        assert (await evaluated(rule(check), ask=answering(answer), n=1)).constraints[0].kept is kept


def test_a_goals_expressions_must_parse() -> None:
    check_goal(None)
    check_goal(
        goal(rule("n > 1"), rule("llm_judge"), rule(""), criterion("custom", 5), criterion("custom", "n"))
    )
    with pytest.raises(SpecError) as caught:
        check_goal(goal(rule("n >", id="first"), criterion("custom", "all is well", id="second")))
    assert "constraint 'first': 'n >'; criterion 'second': 'all is well'" in str(caught.value)


async def test_a_goal_that_does_not_parse_is_refused_before_anything_is_stored() -> None:
    bench = Walked({"n": giving()})
    with pytest.raises(SpecError, match="do not parse"):
        await bench.run(graph([node("n")]), goal=goal(rule("n >")))
    assert await bench.runtime.journal.run_ids() == []


# In a run.


async def run(*parts: SuccessCriterion | Constraint, llm: Any = None) -> ExecutionResult:
    """Run ``a`` -> ``b``, which write 1 each, against a goal."""
    spec = graph([node("a", writes=["a"]), node("b", writes=["b"])], [edge("a", "b")])
    return await Walked({"a": giving(a=1), "b": giving(b=1)}, llm=llm).run(spec, goal=goal(*parts))


async def test_a_run_is_evaluated_at_its_end() -> None:
    result = await run(criterion("output_equals", 1), rule("a > 5", "soft"))
    assert (result.success, result.status) == (True, "succeeded")
    assert result.evaluation == {
        "score": 1.0,
        "criteria": [{"id": "c", "weight": 1.0, "score": 1.0, "measured": 1, "note": ""}],
        "constraints": [{"id": "r", "is_hard": False, "kept": False, "category": "", "note": ""}],
    }


async def test_a_failed_run_is_evaluated_too() -> None:
    spec = graph([node("a", writes=["a"]), node("b")], [edge("a", "b")], max_steps=2)
    result = await walked(spec, {"a": giving(a=1)}, node_registry={"b": None})
    assert not result.success
    bench = Walked({"a": giving(a=1)}, node_registry={"b": None})
    result = await bench.run(spec, goal=goal(criterion("output_equals", 1)))
    assert (result.success, result.evaluation and result.evaluation["score"]) == (False, 1.0)


async def test_after_a_failure_no_model_guesses_a_metric_that_the_run_did_not_set() -> None:
    llm = ScriptedProvider([])
    spec = graph([node("a")], max_steps=1)

    result = await Walked({"a": failing()}, llm=llm).run(spec, goal=goal(criterion("coverage_score", 1)))

    assert result.evaluation is not None
    assert (result.evaluation["score"], llm.requests) == (0.0, [])


async def test_a_goal_without_criteria_and_constraints_is_not_evaluated() -> None:
    result = await run()
    assert (result.success, result.evaluation) == (True, None)


async def test_a_violated_hard_constraint_stops_the_run_at_once() -> None:
    result = await run(rule("a > 5", description="a is large"))
    assert (result.success, result.path) == (False, ["a"])
    assert result.error == "Constraint 'r' is violated: a is large"


async def test_a_hard_constraint_over_keys_nobody_set_yet_is_not_violated_yet() -> None:
    result = await run(rule("b > 5", id="late"))
    assert (result.path, result.error) == (["a", "b"], "Constraint 'late' is violated: b > 5")


@pytest.mark.parametrize("kind", ["soft", "preference", "guideline"])
async def test_other_constraints_are_recorded_and_fail_nothing(kind: str) -> None:
    result = await run(rule("a > 5", kind))
    assert result.success
    assert result.evaluation is not None
    assert result.evaluation["constraints"][0]["kept"] is False


async def test_a_hard_constraint_that_a_model_finds_broken_fails_the_run_at_its_end() -> None:
    def judge(request: ModelRequest) -> str:
        return '{"score": 0, "reason": "It is rude."}'

    result = await run(rule(), llm=ScriptedProvider(judge))
    assert (result.success, result.path) == (False, ["a", "b"])
    assert result.error == "Constraint 'r' is violated. It is rude."


async def test_an_unmeasured_hard_constraint_does_not_fail_the_run_and_is_not_kept() -> None:
    result = await run(rule())
    assert result.success
    assert result.evaluation is not None
    assert result.evaluation["constraints"][0]["kept"] is None


async def test_a_model_is_asked_once_for_the_same_question() -> None:
    llm = ScriptedProvider(['{"score": 1}'])
    result = await run(
        criterion("llm_judge", id="a", description="x"),
        criterion("llm_judge", id="b", description="x"),
        llm=llm,
    )
    assert result.evaluation is not None
    assert result.evaluation["score"] == 1.0
