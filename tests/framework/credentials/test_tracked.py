from __future__ import annotations

import base64
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.credentials import MemoryCredentials, TrackedCredentials
from framework.credentials.base import is_tellable
from framework.credentials.tracked import NO_CREDENTIALS, tracked

VALUE = 'pä"ss/wo\\rd+1\n'


def having_given(**values: str) -> TrackedCredentials:
    credentials = TrackedCredentials(MemoryCredentials(values))
    for name in values:
        credentials.get(name)
    return credentials


def test_leaves_texts_alone_until_something_is_given() -> None:
    credentials = TrackedCredentials(MemoryCredentials({"KEY": "value"}))

    assert credentials.redacted("the value") == "the value"
    assert not credentials.has_given


def test_replaces_a_given_value_by_its_name() -> None:
    assert having_given(KEY="value").redacted("a value, values") == "a [credential KEY], [credential KEY]s"


@pytest.mark.parametrize(
    "text",
    [
        VALUE,
        VALUE.strip(),
        json.dumps({"key": VALUE}),
        json.dumps({"key": VALUE}, ensure_ascii=False),
        repr(VALUE),
        urllib.parse.urlencode({"key": VALUE}),
        urllib.parse.quote(VALUE),
        VALUE.encode().hex(),
    ],
)
def test_replaces_a_value_however_it_is_written(text: str) -> None:
    redacted = having_given(KEY=VALUE).redacted(text)

    assert "[credential KEY]" in redacted
    assert "wo" not in redacted


@given(before=st.binary(max_size=8), after=st.binary(max_size=8), value=st.text("abcdef012345-ü", min_size=6))
def test_replaces_a_value_inside_base64(before: bytes, after: bytes, value: str) -> None:
    credentials = having_given(KEY=value)
    whole = before + value.encode() + after

    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert "[credential KEY]" in credentials.redacted(encode(whole).decode())


@given(
    value=st.text(min_size=4, max_size=40).filter(is_tellable),
    before=st.text(max_size=5),
    after=st.text(max_size=5),
)
def test_no_value_stays(value: str, before: str, after: str) -> None:
    redacted = having_given(KEY=value).redacted(f"{before}{value}{after}")

    assert "[credential KEY]" in redacted
    assert value not in redacted.replace("[credential KEY]", "\0")


def test_a_value_inside_another_and_inside_a_placeholder_breaks_neither() -> None:
    credentials = having_given(SHORT="cred", LONG="cred-and-more")

    assert credentials.redacted("cred-and-more cred") == "[credential LONG] [credential SHORT]"


def test_the_lines_of_a_long_value_are_replaced_one_by_one() -> None:
    pem = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----\n"

    redacted = having_given(KEY=pem).redacted("  > MIIEvQIBADANBgkqhkiG9w0B\n  > -----END KEY-----")

    assert redacted == "  > [credential KEY]\n  > -----END KEY-----"


def test_bytes_that_are_no_text_are_kept_but_for_the_value() -> None:
    assert having_given(KEY="value").redacted_bytes(b"\xff value \x80") == b"\xff [credential KEY] \x80"


def test_a_value_that_changed_is_still_replaced() -> None:
    values = {"KEY": "first value"}
    source = MemoryCredentials(values)
    credentials = TrackedCredentials(source)
    credentials.get("KEY")
    source._values["KEY"] = "second value"
    credentials.get("KEY")

    assert credentials.redacted("first value second value") == "[credential KEY] [credential KEY]"


def test_what_is_no_secret_is_given_and_left_in_texts() -> None:
    credentials = having_given(PORT="80", HOME="/home/ada", BLANK="  a  ")

    assert credentials.get("PORT") == "80"
    assert credentials.redacted("/home/ada listens at 80") == "/home/ada listens at 80"


def test_tracking_twice_keeps_one_memory() -> None:
    credentials = TrackedCredentials()

    assert tracked(credentials) is credentials
    assert tracked(None) is NO_CREDENTIALS


def test_what_another_process_replaced_is_replaced_here_too() -> None:
    values = {"KEY": "first value", "OTHER": "second value", "THIRD": "third value"}
    credentials = TrackedCredentials(MemoryCredentials(values))

    credentials.remember_redacted(
        [b"a [credential KEY] and [credential GONE]", b'{"b": "[credential THIRD]"}']
    )

    redacted = credentials.redacted("first value, second value, third value")
    assert redacted == "[credential KEY], second value, [credential THIRD]"


def test_remembers_what_others_gave() -> None:
    credentials = TrackedCredentials()

    credentials.remember_given_by(having_given(KEY="value"))

    assert credentials.redacted("the value") == "the [credential KEY]"
