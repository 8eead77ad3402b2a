"""The rules together, on hand-written graphs and on random ones."""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from framework.errors import InvalidGraphError
from framework.model.validation import bound_run, validate_graph
from framework.model.validation.shortest import shortest_run
from framework.model.validation.subject import Subject
from tests.support.bound_tightness import bound_tightness
from tests.support.drafts import graph, node, rules
from tests.support.mutations import MUTATIONS
from tests.support.random_graphs import INPUT_KEYS, TOOLS, random_graph, seeds, sound_graphs, wild_graph
from tests.support.reference_walk import walks

EXAMPLES = int(os.environ.get("HIVE_GRAPH_EXAMPLES", "200"))
some_graphs = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def check(draft):
    return [each for each in validate_graph(draft, tools=TOOLS, input_keys=INPUT_KEYS) if each.is_error]


def test_everything_is_reported_at_once_and_errors_come_first():
    draft = graph([node("a", tools=["fly"], outputs="x x"), node("b", "y")], ["a->b", "a->c"], "z")
    found = rules(draft, tools=[], input_keys=[])
    errors = ["unknown-terminal-node", "unknown-tool", "unknown-edge-target", "missing-input"]
    assert sorted(found[:4]) == sorted(errors)
    assert found[4:] == ["duplicate-key"]


def test_a_graph_validates_itself():
    assert graph(["a", "b"], ["a->b"]).validate(tools=[], input_keys=[]) == []


def test_the_findings_make_one_error():
    draft = graph(["a"], ["a->b"])
    assert "Its target 'b' does not exist." in str(InvalidGraphError(draft.id, draft.validate()))


def test_a_graph_changed_by_hand_is_judged_by_its_plain_texts():
    draft = graph(["a", "b"], ["a->b"])
    draft.edges[0].condition = "conditional"
    assert "expression-missing" in rules(draft)


@pytest.mark.timeout(3600)
@some_graphs
@given(sound_graphs)
def test_sound_graphs_are_accepted(draft):
    assert check(draft) == []


@pytest.mark.timeout(3600)
@some_graphs
@given(seeds)
def test_runs_of_accepted_graphs_miss_no_key_and_keep_their_bounds(seed):
    rng = Random(seed)
    draft = wild_graph(rng) if seed % 3 else random_graph(rng)
    if check(draft):
        return
    bounds = bound_run(draft)
    strict = walks(draft, rng, 12)
    for run in [*strict, *walks(draft, rng, 12, goes_on=True)]:
        assert run.steps <= bounds.node_visits
        assert all(count <= bounds.visits_by_node[node_id] for node_id, count in run.visits.items())
        assert run.conflicts == []
    assert [run.missing or run.astray for run in strict if run.missing or run.astray] == []


@pytest.mark.timeout(3600)
@some_graphs
@given(seeds)
def test_no_run_ends_well_in_fewer_steps_than_the_shortest(seed):
    rng = Random(seed)
    draft = wild_graph(rng) if seed % 3 else random_graph(rng)
    if check(draft):
        return
    fewest = shortest_run(Subject(draft))
    assert all(run.steps >= fewest for run in walks(draft, rng, 24) if not run.failed)


def test_the_shortest_run_is_found():
    found = [(shortest_run(Subject(draft)), draft) for draft in map(random_graph, map(Random, range(60)))]
    ends = [[run.steps for run in walks(draft, Random(1), 200) if not run.failed] for _, draft in found]
    met = [min(steps) == fewest for (fewest, _), steps in zip(found, ends, strict=True) if steps]
    assert len(met) > 50
    assert sum(met) >= 0.9 * len(met)


def test_there_are_many_kinds_of_mistakes():
    assert len(MUTATIONS) >= 30


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", MUTATIONS)
def test_mistakes_are_noticed(kind):
    count = max(12, EXAMPLES // len(MUTATIONS))
    mutants = [MUTATIONS[kind](random_graph(Random(seed), 12), Random(seed)) for seed in range(count)]
    tried = [mutant for mutant in mutants if mutant is not None]
    assert tried
    accepted = [mutant for mutant in tried if not check(mutant)]
    assert len(accepted) <= len(tried) * 0.01


@pytest.mark.timeout(600)
def test_bounds_are_tight():
    ratios = sorted(bound_tightness(20, seed=7))
    assert ratios[0] >= 1.0
    assert ratios[len(ratios) // 2] <= 1.1
