"""Deliveries to a webhook: genuine, fresh, new and usable ones only."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import SpecError, WebhookRefusedError
from framework.runtime.webhook import WebhookGate, read_webhook, sign

SECRET = "s3cret"
NOW = 1_000_000.0
JSON = {"content-type": "application/json"}
SIGNATURE = "x-hub-signature-256"


def gate(**config: Any) -> WebhookGate:
    return WebhookGate(read_webhook({"path": "/hooks/x", "secret": "HOOK", **config}), SECRET)


def signed(body: bytes, **headers: str) -> dict[str, str]:
    return {**JSON, SIGNATURE: sign(SECRET, body), **headers}


def test_a_genuine_delivery_gives_its_input() -> None:
    body = b'{"name": "Ada"}'
    assert gate().check(signed(body), body, NOW).input_data == {"name": "Ada"}


def test_the_signature_is_what_senders_of_the_field_compute() -> None:
    wanted = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign("It's a Secret to Everybody", b"Hello, World!") == wanted


def test_a_signature_may_be_written_in_capitals_or_without_its_prefix() -> None:
    body = b"{}"
    digits = sign(SECRET, body).removeprefix("sha256=")
    for text in (digits, digits.upper(), f"sha256={digits.upper()}", f" sha256={digits} "):
        gate().check({**JSON, SIGNATURE: text}, body, NOW)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256=00",
        sign("other", b'{"a": 1}'),
        sign(SECRET, b'{"a": 2}'),
        sign(SECRET, b'{"a": 1} '),
        sign(SECRET, b'{"a": 1}')[:-1],
        sign(SECRET, b'{"a": 1}') + "0",
        "sha1=" + sign(SECRET, b'{"a": 1}').removeprefix("sha256="),
        "sha256=\u00e9\udcff",
        sign("", b'{"a": 1}'),
    ],
)
def test_a_signature_that_is_wrong_is_refused(signature: str) -> None:
    with pytest.raises(WebhookRefusedError, match="signature") as caught:
        gate().check({**JSON, SIGNATURE: signature}, b'{"a": 1}', NOW)
    assert caught.value.status == 401


def test_a_missing_signature_is_refused() -> None:
    with pytest.raises(WebhookRefusedError, match="signature"):
        gate().check(JSON, b"{}", NOW)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{" + b" " * 100 + b"}", JSON, 413),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{}", {}, 415),
        (b"not json", JSON, 400),
        (b"[1]", JSON, 400),
        (b'{"a": NaN}', JSON, 400),
        (b"[" * 60, JSON, 400),
        (b"\xff", JSON, 400),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(body: bytes, headers: dict[str, str], status: int) -> None:
    with pytest.raises(WebhookRefusedError) as caught:
        gate(max_body_bytes=64).check({**headers, SIGNATURE: sign(SECRET, body)}, body, NOW)
    assert caught.value.status == status


def test_the_whole_body_may_be_one_input() -> None:
    body = b"[1, 2]"
    headers = signed(body, **{"content-type": "application/vnd.x+json; charset=utf-8"})
    assert gate(input_key="event").check(headers, body, NOW).input_data == {"event": [1, 2]}


@pytest.mark.parametrize(
    ("stamp", "is_fresh"), [("999900", True), ("1000300", True), ("999600", False), ("x", False)]
)
def test_a_timestamp_must_be_near_and_signed(stamp: str, is_fresh: bool) -> None:
    hook, body = gate(timestamp_header="X-Time"), b"{}"
    headers = {**JSON, "x-time": stamp, SIGNATURE: sign(SECRET, body, stamp)}
    if is_fresh:
        assert hook.check(headers, body, NOW).keys
        with pytest.raises(WebhookRefusedError, match="signature"):
            hook.check({**headers, "x-time": "1000001"}, body, NOW)
    else:
        with pytest.raises(WebhookRefusedError, match="timestamp"):
            hook.check(headers, body, NOW)


def test_a_delivery_that_comes_again_is_known() -> None:
    hook, body = gate(delivery_header="X-Delivery"), b"{}"
    first = hook.check(signed(body, **{"x-delivery": "1"}), body, NOW)
    assert hook.run_of(first) is None
    hook.remember(first, "run")
    assert hook.run_of(hook.check(signed(body, **{"x-delivery": "1"}), body, NOW)) == "run"
    assert hook.run_of(hook.check(signed(body, **{"x-delivery": "2"}), body, NOW)) is None
    for wrong in ("", "x" * 201):
        with pytest.raises(WebhookRefusedError, match="delivery"):
            hook.check(signed(body, **{"x-delivery": wrong}), body, NOW)


def test_a_captured_delivery_is_known_under_another_id() -> None:
    hook, body = gate(timestamp_header="X-Time", delivery_header="X-Delivery"), b"{}"
    headers = {**JSON, "x-time": "1000000", SIGNATURE: sign(SECRET, body, "1000000")}
    hook.remember(hook.check({**headers, "x-delivery": "1"}, body, NOW), "run")
    assert hook.run_of(hook.check({**headers, "x-delivery": "2"}, body, NOW)) == "run"
    later = {**headers, "x-time": "1000001", SIGNATURE: sign(SECRET, body, "1000001")}
    assert hook.run_of(hook.check({**later, "x-delivery": "1"}, body, NOW)) == "run"
    assert hook.run_of(hook.check({**later, "x-delivery": "2"}, body, NOW)) is None


def test_a_bounded_number_of_deliveries_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.runtime.webhook._DELIVERIES_KEPT", 3)
    hook, body = gate(delivery_header="X-Delivery"), b"{}"
    deliveries = [hook.check(signed(body, **{"x-delivery": str(n)}), body, NOW) for n in range(5)]
    for number, delivery in enumerate(deliveries):
        hook.remember(delivery, f"run{number}")
    assert [hook.run_of(each) for each in deliveries] == [None, None, "run2", "run3", "run4"]


def test_without_ids_or_times_every_delivery_is_new() -> None:
    hook, body = gate(), b"{}"
    delivery = hook.check(signed(body), body, NOW)
    hook.remember(delivery, "run")
    assert hook.run_of(hook.check(signed(body), body, NOW)) is None


def test_unsigned_deliveries_are_taken_only_where_that_was_said() -> None:
    hook = WebhookGate(read_webhook({"path": "/x", "secret": None}), None)
    assert hook.check(JSON, b'{"a": 1}', NOW).input_data == {"a": 1}
    with pytest.raises(SpecError, match="'HOOK', which is not set"):
        WebhookGate(read_webhook({"path": "/x", "secret": "HOOK"}), None)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"path": "/x"}, "needs 'secret'"),
        ({"secret": "A"}, "'path'"),
        ({"path": "x", "secret": "A"}, "'path'"),
        ({"path": "/x?y", "secret": "A"}, "'path'"),
        ({"path": "/x", "secret": ""}, "'secret'"),
        ({"path": "/x", "secret": "A", "methods": []}, "'methods'"),
        ({"path": "/x", "secret": "A", "methods": ["GET"]}, "'methods'"),
        ({"path": "/x", "secret": "A", "signature_header": "a b"}, "'signature_header'"),
        ({"path": "/x", "secret": "A", "tolerance_s": 0}, "'tolerance_s'"),
        ({"path": "/x", "secret": "A", "max_body_bytes": "many"}, "'max_body_bytes'"),
    ],
)
def test_a_webhook_that_is_described_wrongly_is_refused(config: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError, match=told):
        read_webhook(config)


TEXTS = st.text(max_size=60)
HEADERS = st.dictionaries(
    st.sampled_from([SIGNATURE, "content-type", "x-time", "x-delivery"]), TEXTS | st.just("application/json")
)


@given(
    st.binary(max_size=80) | st.sampled_from([b"{}", b"1e999", b'{"a": "\\ud800"}']), HEADERS, st.booleans()
)
def test_whatever_comes_is_taken_or_refused_and_nothing_unsigned_gets_in(
    body: bytes, headers: dict[str, str], is_signed: bool
) -> None:
    hook = gate(timestamp_header="X-Time", delivery_header="X-Delivery")
    if is_signed:
        headers = {**headers, SIGNATURE: sign(SECRET, body, headers.get("x-time", ""))}
    try:
        delivery = hook.check(headers, body, NOW)
    except WebhookRefusedError as refused:
        assert refused.status in {400, 401, 413, 415}
    else:
        assert is_signed
        assert len(delivery.keys) == 2


def test_a_secret_that_cannot_name_a_credential_is_refused_without_repeating_it() -> None:
    with pytest.raises(SpecError, match="'secret' is the name of a credential") as refused:
        read_webhook({"path": "/hooks/x", "secret": "abc def"})
    assert "abc def" not in str(refused.value)


def test_a_secret_that_is_not_set_says_how_to_set_it() -> None:
    with pytest.raises(SpecError, match="hive credentials set HOOK"):
        WebhookGate(read_webhook({"path": "/hooks/x", "secret": "HOOK"}), None)
