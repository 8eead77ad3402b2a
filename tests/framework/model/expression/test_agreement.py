"""Where the language and Python both have a value, it is the same value."""

from __future__ import annotations

import os
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.errors import ExpressionError, ExpressionEvaluationError
from framework.model.expression import safe_eval

EXAMPLES = int(os.environ.get("HIVE_FUZZ_EXAMPLES", "1500"))
pytestmark = pytest.mark.timeout(60 + EXAMPLES // 50)

NAMES: dict[str, object] = {
    "n": 3,
    "f": 2.5,
    "s": "ab ba",
    "e": "",
    "t": True,
    "l": [1, 2, 3, 2],
    "m": ["a", "b", "ab"],
    "d": {"a": 1, "b": [1, 2], "c": None},
    "z": None,
}
FUNCTIONS = {
    function.__name__: function
    for function in (
        len,
        int,
        float,
        str,
        bool,
        list,
        dict,
        tuple,
        min,
        max,
        sum,
        abs,
        round,
        all,
        any,
        sorted,
        set,
    )
}

STRICTER = (
    "keys are text",
    "cannot be looked up",
    "only numbers or only texts",
    "'%' needs numbers",
    "'-' needs numbers",
    "real root",
    "bits",
    "more data",
    "small whole number",
    "whole numbers",
    "strip() takes",
)
"""Reasons for which the language refuses what Python computes."""

atoms = st.sampled_from(
    [
        *NAMES,
        *NAMES,
        "0",
        "1",
        "2",
        "7",
        "-1",
        "1.5",
        "0.0",
        "'a'",
        "'b'",
        "''",
        "' '",
        "None",
        "True",
        "False",
        "[]",
        "{}",
        "()",
    ]
)


binary = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "not in"]
)
calls = st.sampled_from(
    [
        "len({})",
        "int({})",
        "float({})",
        "str({})",
        "bool({})",
        "list({})",
        "tuple({})",
        "min({})",
        "max({})",
        "sum({})",
        "abs({})",
        "round({})",
        "all({})",
        "any({})",
        "sorted({})",
        "len(set({}))",
        "sorted(set({}))",
        "dict({})",
    ]
)
methods = st.sampled_from(
    [
        "({}).get('a')",
        "list(({}).keys())",
        "list(({}).values())",
        "list(({}).items())",
        "({}).lower()",
        "({}).upper()",
        "({}).strip()",
        "({}).split()",
        "not {}",
        "-{}",
        "+{}",
        "({})",
        "[{}]",
        "({},)",
        "({})[0]",
        "({})['a']",
        "({})[1:]",
        "({})[::-1]",
    ]
)
pairs = st.sampled_from(
    [
        "({}).count({})",
        "({}).split({})",
        "({}).startswith({})",
        "({}).endswith({})",
        "({}).strip({})",
        "({})[{}]",
        "({})[{}:]",
        "({})[:{}]",
        "({})[::{}]",
        "({}).get({})",
        "[{}, {}]",
        "({}, {})",
        "min({}, {})",
        "max({}, {})",
        "round({}, {})",
        "{} in set({})",
        "set({}) == set({})",
        "set({}) <= set({})",
        "{{'a': {}, 'b': {}}}",
        "{} is None is not {}",
        "'a' if {} else {}",
        "({}).replace({}, 'x')",
    ]
)
triples = st.sampled_from(
    ["{} if {} else {}", "{} < {} <= {}", "{} == {} != {}", "({}).replace({}, {})", "({})[{}:{}]"]
)
powers = st.builds(
    "({}) ** {}".format, st.sampled_from(["2", "-3", "f", "n"]), st.sampled_from(["2", "-1", "n", "f"])
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, binary, inner),
        st.builds(str.format, calls, inner),
        st.builds(str.format, methods, inner),
        st.builds(str.format, pairs, inner, inner),
        st.builds(str.format, triples, inner, inner, inner),
        powers,
    )


texts = st.recursive(atoms, _compound, max_leaves=6)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__.startswith("dict_"):
        return [_plain(item) for item in value]
    return value


def _python(text: str) -> tuple[object, bool]:
    """Return Python's value of ``text`` and whether it has one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return eval(text, {"__builtins__": {}, **FUNCTIONS}, NAMES), True
        except Exception:  # noqa: BLE001 -- whatever Python raises, it has no value
            return None, False


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts)
def test_the_value_is_the_one_python_gives(text: str) -> None:
    expected, has_value = _python(text)
    try:
        found = safe_eval(text, NAMES)
    except ExpressionEvaluationError as error:
        assert not has_value or any(reason in str(error) for reason in STRICTER), (expected, str(error))
        return
    except ExpressionError:
        assert not has_value
        return
    assert has_value, f"{text} is {found!r}, and Python has no value"
    assert repr(found) == repr(_plain(expected))
