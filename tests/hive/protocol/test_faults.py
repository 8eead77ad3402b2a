"""What is wrong with a value is told in words, never by a pattern."""

from __future__ import annotations

from time import process_time
from typing import Annotated

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError

from hive.protocol import forms, read_event
from hive.protocol.content import ContentItem, ContentRef
from hive.protocol.faults import faults_in, reason_of
from hive.protocol.reading import RefusedEvent

LONGEST_S = 2.0
"""Processor time for 20,000 faults: a hundred times what they take, a tenth of what pairs of them take."""

OUTSIDE = {
    forms.NO_NUL: "a\0b",
    forms.NOT_BLANK: " ",
    forms.NO_CONTROLS: "",
    forms.NAME: "\u200b",
    forms.EMAIL: "nobody",
    forms.DIGITS: "12x",
    forms.VERSION: "DEADBEEF",
    forms.SHORT_ID: "12",
    forms.SHA256: "12",
}
"""A text that each form does not have."""


@pytest.mark.parametrize("form", forms.WORDS)
def test_a_text_of_another_form_is_told_what_it_should_be(form: str) -> None:
    adapter = TypeAdapter(Annotated[str, StringConstraints(pattern=form)])
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(OUTSIDE[form])
    assert reason_of(caught.value.errors()[0]) == f"Input should be {forms.WORDS[form]}"


def test_a_form_without_words_is_not_told_by_its_pattern() -> None:
    adapter = TypeAdapter(Annotated[str, StringConstraints(pattern="^x$")])
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python("y")
    assert reason_of(caught.value.errors()[0]) == "Input should be a text of another form"


def test_one_thing_or_a_text_of_a_form_are_told_together() -> None:
    adapter = TypeAdapter[object](ContentRef | Annotated[str, StringConstraints(pattern=forms.NO_NUL)])
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python("\0")
    [fault] = faults_in("\0", caught.value.errors())
    assert fault.reason == "Input should be an object or a text without NUL characters"


def test_an_event_is_refused_in_words() -> None:
    event = {
        "event_type": "error",
        "timestamp": "2026-01-31T12:00:00Z",
        "sdk_instance_id": "i",
        "message": "\0",
    }
    assert read_event(event) == RefusedEvent(reason="message: Input should be a text without NUL characters")


def test_of_a_list_the_first_fault_is_told() -> None:
    calls = [{"name": "x"}, {"name": 5}, {"name": 6}]
    data = {"trace_id": "t", "span_id": "s", "provider": "p", "model": "m", "tool_calls_captured": calls}
    event = {
        "event_type": "metric",
        "timestamp": "2026-01-31T12:00:00Z",
        "sdk_instance_id": "i",
        "data": data,
    }
    reason = "data.tool_calls_captured.1.name: Input should be a string"
    assert read_event(event) == RefusedEvent(reason=reason)


def test_many_faults_are_found_in_a_time_that_grows_with_their_number() -> None:
    value = [0] * 20_000
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(list[str]).validate_python(value)
    found = caught.value.errors(include_url=False, include_input=False)
    before = process_time()
    assert len(faults_in(value, found)) == len(value)
    assert process_time() - before < LONGEST_S


def test_content_is_refused_in_words() -> None:
    with pytest.raises(ValidationError) as caught:
        ContentItem.model_validate({"content_id": "", "content_hash": "x", "content": "", "byte_size": 0})
    told = [reason_of(each) for each in caught.value.errors()]
    assert told == [
        "String should have at least 1 character",
        "Input should be 64 hexadecimal digits in lower case",
    ]
