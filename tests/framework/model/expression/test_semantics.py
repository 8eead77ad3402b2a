"""What expressions mean, as a table."""

from __future__ import annotations

import math

import pytest

from framework.errors import ExpressionEvaluationError, ExpressionSyntaxError
from framework.model.expression import parse, safe_eval

NAMES = {
    "output": {"approved": True, "score": 0.8, "items": ["a", "b"], "get": "G", "nested": {"k": [1, 2]}},
    "memory": {"count": 3, "city": "Oslo", "empty": None},
    "result": {"ok": True},
    "count": 3,
    "text": "  Hello World ",
    "numbers": [3, 1, 2],
    "nothing": None,
    "sum": 7,
}

VALUES = [
    ("output.get('approved') is not None", True),
    ("output.get('redo') is not None", False),
    ("output.approved", True),
    ("output['approved'] == true", True),
    ("output.nested.k[-1]", 2),
    ("output.get", "G"),
    ("output.get('get')", "G"),
    ("output.items", ["a", "b"]),
    ("'approved' in output", True),
    ("'approved' not in output.keys()", False),
    ("len(output.items())", 5),
    ("memory.items()", [["count", 3], ["city", "Oslo"], ["empty", None]]),
    ("memory.values()", [3, "Oslo", None]),
    ("memory.get('x', 'd')", "d"),
    ("memory.get(1)", None),
    ("result.ok and count > 2", True),
    ("True", True),
    ("true", True),
    ("False or false", False),
    ("None", None),
    ("none is None", True),
    ("nothing is none", True),
    ("none is not nothing", False),
    ("output.approved is True", True),
    ("1 is not true", True),
    ("sum", 7),
    ("sum(numbers) + sum", 13),
    ("1 < 2 < 3", True),
    ("1 < 2 > 5", False),
    ("1 < 5 and not 2 > 3", True),
    ("(1 < 2) == true", True),
    ("3 > 1 == 1", True),
    ("1 + 2 * 3 - 4 / 2", 5.0),
    ("-2 ** 2", -4),
    ("2 ** -1", 0.5),
    ("2 ** 3 ** 2", 512),
    ("--3", 3),
    ("+true", 1),
    ("7 // 2 + 7 % 4", 6),
    ("not not 1", True),
    ("not 1 == 2", True),
    ("0 or 'x'", "x"),
    ("'' and 1 / 0", ""),
    ("1 or missing", 1),
    ("'a' if count == 1 else 'b' if count == 2 else 'c'", "c"),
    ("('a' if true else 'b') + 'c'", "ac"),
    ("numbers[1:]", [1, 2]),
    ("numbers[::-1]", [2, 1, 3]),
    ("numbers[:][0]", 3),
    ("text[2:7]", "Hello"),
    ("text[2]", "H"),
    ("numbers[true]", 1),
    ("text.strip().lower().split()", ["hello", "world"]),
    ("text.upper().count('L')", 3),
    ("'a,b,c'.split(',', 1)", ["a", "b,c"]),
    ("'abc'.startswith('ab') and 'abc'.endswith(('x', 'c'))", True),
    ("'aaa'.replace('a', 'b', 2)", "bba"),
    ("'xxaxx'.strip('x')", "a"),
    ("[1, 2, 1].count(1)", 2),
    ("(1, [2]).count([2])", 1),
    ("(1, 2)", [1, 2]),
    ("(1,)", [1]),
    ("()", []),
    ("(1, 2) + (3,)", [1, 2, 3]),
    ("(1, 2) == [1, 2]", False),
    ("{3, 1, 3.0, true}", [3, 1]),
    ("{}", {}),
    ("{'a': 1, 'b': (2,),}", {"a": 1, "b": [2]}),
    ("{'a': 1} == {'a': 1.0}", True),
    ("set(['a', 'b']) <= set(output.items)", True),
    ("{1, 2} == {2, 1}", True),
    ("2 in {1, 2} and 2 in (1, 2) and [2] in [[2]]", True),
    ("list('ab')", ["a", "b"]),
    ("list({'k': 1})", ["k"]),
    ("dict([('a', 1), ['b', 2]])", {"a": 1, "b": 2}),
    ("dict({'a': 1})", {"a": 1}),
    ("tuple([1])", [1]),
    ("str([1, 'x', None, {'a': true}, (1,), (1, 2)])", "[1, 'x', None, {'a': True}, (1,), (1, 2)]"),
    ("str({1, 2}) + str(set())", "{1, 2}set()"),
    ("str(1.5) + str('s') + str()", "1.5s"),
    ("int('12') + int(2.9) + int()", 14),
    ("float('1e3')", 1000.0),
    ("bool([]) or bool('x')", True),
    ("min(3, 1, 2) + max(numbers)", 4),
    ("min('b', 'a')", "a"),
    ("max([1, 2], [1, 3])", [1, 3]),
    ("abs(-3) + round(2.567, 2) + round(2.5)", 7.57),
    ("all([1, 'x']) and not any([0, none, ''])", True),
    ("sorted(numbers) + sorted({'b': 1, 'a': 2})", [1, 2, 3, "a", "b"]),
    ("sorted(numbers)[::-1]", [3, 2, 1]),
    ("[1, 2] < [1, 3] and 'a' < 'b'", True),
    ("'ab' * 2 + 2 * 'c'", "ababcc"),
    ("[0] * 3", [0, 0, 0]),
    ("'x' * -1", ""),
    ("'a' \"b\"", "ab"),
    (r"'\n\t\\\'\x41\u00e9\U0001F600'", "\n\t\\'Aé😀"),
    ("1_000 + .5 + 1. + 1e2", 1101.5),
    ("count\n  > 2\n and true", True),
    ("output.nested.missing if 'missing' in output.nested else 0", 0),
]

NO_VALUE = [
    ("missing", "unknown name 'missing'"),
    ("output.absent", "no key 'absent'"),
    ("output['absent']", "use .get()"),
    ("output[1]", "no key a number"),
    ("numbers.length", "has no keys"),
    ("text.__class__", "has no keys"),
    ("output.__class__", "no key '__class__'"),
    ("numbers[9]", "no element"),
    ("numbers['0']", "whole number"),
    ("numbers.get(0)", "no method 'get'"),
    ("count[0]", "no elements to index"),
    ("output[0:1]", "cannot be sliced"),
    ("numbers[::0]", "not 0"),
    ("numbers['a':]", "whole numbers"),
    ("1 / 0", "division by zero"),
    ("0 ** -1", "ZeroDivisionError"),
    ("(-8) ** 0.5", "real root"),
    ("9 ** 9 ** 9", "bits"),
    ("2.0 ** 99999", "OverflowError"),
    ("'a' + 1", "cannot add"),
    ("'a' * 2.0", "whole number"),
    ("none * 2", "cannot multiply"),
    ("'%s' % 1", "needs numbers"),
    ("-'a'", "needs numbers"),
    ("1 < 'a'", "no order"),
    ("none < none", "no order"),
    ("1 in 'a'", "contains only text"),
    ("1 in 2", "contains nothing"),
    ("[1] in {1}", "cannot be looked up"),
    ("{[1]}", "cannot be looked up"),
    ("{1: 2}", "keys are text"),
    ("len(1)", "no length"),
    ("list(1)", "no elements"),
    ("min([])", "at least one element"),
    ("sum(['a'])", "needs numbers"),
    ("sorted([1, 'a'])", "only numbers or only texts"),
    ("int('x')", "ValueError"),
    ("int(none)", "reads a number"),
    ("int('9' * 401)", "at most 400"),
    ("float('inf') // 1 + int(float('inf'))", "OverflowError"),
    ("round(1, 10 ** 9)", "small whole number"),
    ("dict([1])", "no elements"),
    ("dict([[1]])", "pairs"),
    ("'a'.split('')", "ValueError"),
    ("'a'.split('b', 1.5)", "whole numbers"),
    ("'a'.replace(1, 2)", "needs text"),
    ("'a'.strip('b' * 65)", "at most 64"),
    ("'a' * 10 ** 9", "more data"),
    ("[0] * 10 ** 9", "more data"),
]

REFUSED = [
    ("", "it is empty"),
    ("   ", "it is empty"),
    ("a b", "operator is missing"),
    ("a, b", "put a tuple in parentheses"),
    ("(a", "')' is missing"),
    ("a if b", "'else' is missing"),
    ("a not b", "'in' is missing"),
    ("a +", "a value is missing at the end"),
    ("a.", "a key is missing"),
    ("a[]", "a key or position is missing"),
    ("a[1, 2]", "']' is missing"),
    ("a[1:2:3:4]", "']' is missing"),
    ("a = 1", "compare with '=='"),
    ("(a := 1)", "nothing can be assigned"),
    ("a && b", "write 'and'"),
    ("a | b", "write 'or'"),
    ("!a", "write 'not'"),
    ("1 << 2", "a value is missing"),
    ("a is b", "none, true or false only"),
    ("a is 1", "none, true or false only"),
    ("lambda: 1", "functions cannot be defined"),
    ("[x for x in a]", "comprehensions"),
    ("await a", "awaited"),
    ("import os", "imported"),
    ("del a", "only computes a value"),
    ("f'{a}'", "string prefix 'f'"),
    ("b'a'", "string prefix 'b'"),
    ("'''a'''", "triple quotes"),
    ("'a", "quote it began with"),
    (r"'\N{DASH}'", "escape"),
    (r"'\ud800'", "names no character"),
    ("open('x')", "no function 'open'"),
    ("a.format(1)", "no method 'format'"),
    ("a['f'](1)", "only these functions can be called"),
    ("(len)(a)", "only these functions can be called"),
    ("len(a, b)", "at most 1"),
    ("len()", "at least 1"),
    ("max(a, key=b)", "compare with '=='"),
    ("len(*a)", "unpacking"),
    ("[*a]", "unpacking"),
    ("{**a}", "unpacking"),
    ("{'a': 1, 'b'}", "':' is missing"),
    ("naïve", "ASCII letters"),
    ("\uff11 + 1", "is not allowed here"),
    ("0x1F", "cannot follow a number"),
    ("1j", "cannot follow a number"),
    ("012", "may not begin with 0"),
    ("1 # one", "comments"),
    ("a\\\n+ b", "backslashes"),
    ("9" * 401, "at most 400 digits"),
    ("9" * 399, "more than 1024 bits"),
    ("a" * 2001, "longer than 2000"),
    ("(" * 25 + "1" + ")" * 25, "nests deeper than 24"),
    ("2" + "**2" * 25, "nests deeper than 24"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_an_expression_has_the_value_of_the_table(text: str, value: object) -> None:
    found = safe_eval(text, NAMES)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "reason"), NO_VALUE)
def test_an_expression_without_a_value_says_why(text: str, reason: str) -> None:
    with pytest.raises(ExpressionEvaluationError) as caught:
        safe_eval(text, NAMES)

    assert reason in str(caught.value)


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_the_language_lacks_is_refused_when_parsed(text: str, reason: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text)

    assert reason in str(caught.value)
    if text.strip():
        assert "position" in str(caught.value)


def test_a_refusal_counts_the_position_from_one() -> None:
    with pytest.raises(ExpressionSyntaxError, match="at position 5:"):
        parse("a + $")


def test_not_a_number_is_equal_to_nothing_but_found_in_its_own_list() -> None:
    nan = math.nan

    assert safe_eval("x == x", {"x": nan}) is False
    assert safe_eval("x in y", {"x": nan, "y": [nan]}) is True
    assert safe_eval("y == y", {"y": [nan]}) is True
