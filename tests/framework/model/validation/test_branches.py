from tests.support.drafts import edge, errors, finding, graph, node, rules


def fork(*edges, nodes=(), **fields):
    plain = [node("f"), node("a", outputs="ka"), node("b", outputs="kb"), node("j", outputs="kj")]
    return graph([*plain, *nodes], ["f->a", "f->b", "a->j", "b->j", *edges], **fields)


def test_a_plain_fan_out_is_sound():
    assert rules(fork()) == []


def test_all_branches_must_join_or_none():
    draft = fork("f->c", nodes=["c"])
    assert errors(draft) == ["partial-join"]
    assert "'a', 'b', 'c' share 'j'" in finding(draft, "partial-join").message


def test_feedback_must_not_leave_a_branch():
    draft = fork(edge("a->f", "on_failure", priority=-1))
    draft.nodes[0].max_node_visits = 2
    found = finding(draft, "feedback-leaves-branch")
    assert found.where == "edge 'a->f'"
    assert "leaves the branch 'a' of the fan-out at 'f'" in found.message


def test_feedback_from_the_join_is_sound():
    draft = fork("j->end", nodes=["end"])
    draft.edges[-1] = edge("j->end", when="output.kj > 1")
    draft.edges.append(edge("j->f", priority=-1))
    for each in draft.nodes[:4]:
        each.max_node_visits = 3
    assert rules(draft) == []


def test_parallel_branches_write_different_keys():
    draft = fork()
    draft.nodes[2].output_keys.append("ka")
    found = finding(draft, "branch-key-conflict")
    assert "'a' and 'b' may both write 'ka'" in found.message


def test_branches_that_never_join_write_different_keys_too():
    draft = graph([node("f"), node("a", outputs="k"), node("b", outputs="k")], ["f->a", "f->b"])
    assert errors(draft) == ["branch-key-conflict"]


def test_alternatives_that_exclude_each_other_may_write_the_same_key():
    nodes = [node("f", outputs="v"), node("a", outputs="k"), node("b", outputs="k")]
    draft = graph(nodes, [edge("f->a", when="output.v == 'yes'"), edge("f->b", when="output.v == 'no'")])
    assert rules(draft) == []


def test_conditional_edges_that_may_both_match_fan_out():
    nodes = [node("f", outputs="v w"), node("a", outputs="k"), node("b", outputs="k")]
    draft = graph(nodes, [edge("f->a", when="output.v == 1"), edge("f->b", when="output.w == 2")])
    assert errors(draft) == ["branch-key-conflict"]


def test_one_branch_at_most_faces_a_person():
    draft = fork()
    draft.nodes[1].client_facing = draft.nodes[2].client_facing = True
    assert "'a', 'b'" in finding(draft, "client-facing-in-parallel").message
    draft.nodes[2].client_facing = False
    assert rules(draft) == []


def test_a_branch_may_fan_out_again_and_join_with_the_outer_branches():
    draft = fork("a->c", "a->d", "c->j", "d->j", nodes=["c", "d"])
    draft.edges = [each for each in draft.edges if each.id != "a->j"]
    assert rules(draft) == []


def test_an_inner_fan_out_must_not_pass_the_outer_join():
    draft = fork("a->d", nodes=["d"], terminal_nodes=["d", "j"])
    assert errors(draft) == ["partial-join"]
    assert "pass 'j', where the fan-out at 'f'" in finding(draft, "partial-join").message


def test_a_branch_must_not_come_to_nodes_behind_the_join():
    draft = fork("j->k", "k->end", edge("a->k", "on_failure"), nodes=["k", "end"])
    found = finding(draft, "branch-passes-join")
    assert found.is_error
    assert "'end', 'k' past 'j'" in found.message


def test_a_bridge_between_branches_is_refused():
    draft = fork("b->d", "d->j", edge("a->d", "on_failure"), nodes=["d"])
    draft.edges = [each for each in draft.edges if each.id != "b->j"]
    assert errors(draft) == ["branch-passes-join"]


def test_a_branch_that_shares_only_an_end_that_may_run_twice_is_pointed_out():
    draft = fork("j->end", edge("a->end", "on_failure"), nodes=[node("end", max_node_visits=2)])
    assert errors(draft) == []
    assert rules(draft) == ["branch-passes-join"]
