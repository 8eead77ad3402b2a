"""A model's arguments are parsed strictly, and a failure is told in a sentence."""

from __future__ import annotations

import pytest

from framework.llm.arguments import parse_arguments


def test_an_object_is_parsed():
    assert parse_arguments('{"a": [1, null]}') == ({"a": [1, None]}, None)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_means_no_arguments(text):
    assert parse_arguments(text) == ({}, None)


@pytest.mark.parametrize("text", ['{"a": ', '{"a": NaN}', '{"a": "\\ud800"}', "{'a': 1}", '{"a":' * 5000])
def test_what_is_not_json_is_an_error_for_the_model(text):
    arguments, problem = parse_arguments(text)

    assert arguments == {}
    assert "not valid JSON" in (problem or "")


@pytest.mark.parametrize(("text", "kind"), [("[1]", "list"), ('"x"', "str"), ("null", "NoneType")])
def test_other_values_than_objects_are_named(text, kind):
    assert parse_arguments(text) == ({}, f"The arguments must be a JSON object, not {kind}.")
