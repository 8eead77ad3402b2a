import pytest

from framework.model.validation.guards import implied_keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("output.get('x') is not None", "x"),
        ("output.get('x') != none", "x"),
        ("output.get('x', None) == 'yes'", "x"),
        ("'yes' == memory.get('x')", "x"),
        ("output.get('x')", "x"),
        ("output.get('x', 0) > 1", ""),
        ("output.get('x') > 1", "x"),
        ("output.get('x') is None", ""),
        ("output.get('x') != 'no'", ""),
        ("output['x'] != 'no'", "x"),
        ("output.x or output.y", "x"),
        ("output.get('x') or output.get('y')", ""),
        ("output.x > 1 or output.x < 0", "x"),
        ("output.get('x') and y", "x y"),
        ("not x", "x"),
        ("not output.get('x')", ""),
        ("'x' in output", "x"),
        ("'a' in output.get('x')", "x"),
        ("output.get('x') in ['a', 'b']", "x"),
        ("output.get('x') in ['a', None]", ""),
        ("len(output.get('x')) > 0", "x"),
        ("output.get('x').lower() == 'yes'", "x"),
        ("output.get('x')['part'] == 1", "x"),
        ("a if b else c", "b"),
        ("1 < x <= y", "x y"),
        ("result == 1", ""),
        ("true", ""),
        ("min(x, 3) == 3", "x"),
        ("output.get(", ""),
    ],
)
def test_a_true_expression_implies_its_keys(text, keys):
    assert implied_keys(text) == frozenset(keys.split())
