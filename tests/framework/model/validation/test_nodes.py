import pytest

from tests.support.drafts import errors, finding, graph, node, rules


def alone(**fields):
    return graph([node("a", **fields)], [])


def test_a_node_type_must_be_known():
    found = finding(alone(node_type="router"), "unknown-node-type")
    assert found.is_error
    assert "'event_loop', 'function'" in found.fix


def test_a_function_may_be_registered_later():
    draft = alone(node_type="function")
    assert rules(draft) == ["function-missing"]
    assert errors(draft) == []
    assert rules(alone(node_type="function", function=len)) == []


def test_a_function_node_uses_no_tools_and_faces_nobody():
    draft = alone(node_type="function", function=len, tools=["search"], client_facing=True)
    assert rules(draft) == ["function-with-tools", "function-client-facing"]


def test_a_missing_tool_is_named_with_the_available_ones():
    found = finding(alone(tools=["search", "fly"]), "unknown-tool", tools=["search", "fetch"])
    assert found.message == "The tool 'fly' is not available. Available tools are: fetch, search"
    assert found.is_error


def test_without_a_list_of_tools_every_tool_is_taken_for_given():
    assert rules(alone(tools=["fly"])) == []


@pytest.mark.parametrize("tool", ["set_output", "ask_user", "escalate"])
def test_tools_of_the_framework_are_not_declared(tool):
    assert rules(alone(tools=[tool]), tools=[]) == ["reserved-tool"]


def test_keys_are_not_empty():
    draft = alone()
    draft.nodes[0].output_keys = [""]
    assert errors(draft) == ["empty-key"]


def test_odd_and_repeated_keys_are_pointed_out():
    assert rules(alone(outputs="a-b c c")) == ["odd-key", "duplicate-key"]


def test_a_nullable_key_is_an_output_or_an_input():
    assert rules(alone(inputs="x", outputs="y", nullable="x y z")) == ["nullable-key-unused"]


class Strict:
    async def evaluate(self, context: object) -> None:
        del context


class Blocking:
    def evaluate(self, context: object) -> None:
        del context


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        ("be strict", "The judge str has no method evaluate(context)."),
        (Blocking(), "The method evaluate of the judge Blocking is not async."),
        (Strict, "The judge is the class Strict itself; give an object of it."),
    ],
)
def test_a_judge_that_cannot_judge_is_an_error(judge: object, told: str):
    found = finding(alone(judge=judge), "judge-unusable")

    assert found.is_error
    assert found.message == told
    assert rules(alone(judge=Strict())) == []


def test_a_function_node_has_no_judge():
    draft = alone(node_type="function", function=print, judge=Strict(), success_criteria="Good.")

    assert rules(draft) == ["function-with-judge", "function-with-judge"]
