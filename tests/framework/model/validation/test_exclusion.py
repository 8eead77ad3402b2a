import pytest

from framework.model.topology import Choice
from framework.model.validation.exclusion import can_match_together, largest_sets
from tests.support.drafts import edge


def edges(*texts):
    return tuple(edge(f"f->{number}", when=text) for number, text in enumerate(texts))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("x == 'a'", "x == 'b'"),
        ("x == 'a'", "x != 'a'"),
        ("x", "not x"),
        ("x and y", "not x"),
        ("x > 1", "x <= 1"),
        ("x >= 2", "x < 2"),
        ("x > 3", "x == 3"),
        ("x < -1", "x > 0"),
        ("x is None", "x is not none"),
        ("x in ['a', 'b']", "x == 'c'"),
        ("x in ['a']", "x not in ['a', 'b']"),
        ("x == 0", "x"),
        ("output.get('x') == 'a'", "output.get('x') == 'b' and y"),
        ("not (x == 'a' or y)", "x == 'a'"),
    ],
)
def test_expressions_about_one_value_exclude_each_other(one, two):
    assert not can_match_together(edges(one, two))
    assert not can_match_together(edges(two, one))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("x == 'a'", "y == 'b'"),
        ("x == 'a'", "x != 'b'"),
        ("x > 1", "x > 2"),
        ("x >= 1", "x <= 1"),
        ("x or y", "not x"),
        ("x in ['a', 'b']", "x == 'b'"),
        ("x in y", "x == 1"),
        ("x == 1", "x == True"),
        ("x == 1", "x =="),
        ("f(x) < y", "not x"),
    ],
)
def test_other_expressions_may_match_together(one, two):
    assert can_match_together(edges(one, two))


def test_the_largest_sets_leave_out_what_cannot_match_together():
    one, two, three = edges("x == 1", "x == 2", "y")
    certain = (edge("f->z"),)
    assert largest_sets(Choice(certain, (one, two, three))) == [
        (*certain, one, three),
        (*certain, two, three),
    ]


def test_many_edges_are_taken_to_match_together():
    many = edges(*(f"x == {number}" for number in range(12)))
    assert largest_sets(Choice((), many)) == [many]
