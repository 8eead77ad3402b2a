"""Access tokens: ours count, and nothing that merely looks like them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from framework.clock import ManualClock
from hive.control.auth.tokens import AUDIENCE, ISSUER, LIFE, AccessTokens, Claims, KeyRing
from hive.control.domain.ids import AccountId, SessionId, TeamId
from hive.errors import ControlSetupError, NotSignedInError

KEY, OLDER = b"k" * 32, b"o" * 32
RING = KeyRing(current="new", keys={"new": KEY, "old": OLDER})
CLAIMS = Claims(account_id=AccountId(uuid4()), session_id=SessionId(uuid4()), team_id=TeamId(uuid4()))
SIGNED = replace(CLAIMS, expires_at=ManualClock().now() + LIFE)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tokens(clock: ManualClock) -> AccessTokens:
    return AccessTokens(RING, clock)


def content(clock: ManualClock, **changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    made: dict[str, Any] = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": str(CLAIMS.account_id), "sid": str(CLAIMS.session_id),
        "team": str(CLAIMS.team_id), "iat": now, "exp": now + 600, "jti": "x", **changes,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not ...}


def forge(claims: dict[str, Any], key: Any = KEY, algorithm: str | None = "HS256", **header: Any) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "new", **header})


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_says_who_holds_it(tokens: AccessTokens) -> None:
    assert tokens.read(tokens.sign(CLAIMS)) == SIGNED


def test_a_key_that_signs_no_more_still_verifies(clock: ManualClock, tokens: AccessTokens) -> None:
    before = AccessTokens(KeyRing(current="old", keys={"old": OLDER}), clock).sign(CLAIMS)
    assert tokens.read(before) == SIGNED


def test_a_key_that_was_dropped_verifies_no_more(clock: ManualClock, tokens: AccessTokens) -> None:
    after = AccessTokens(KeyRing(current="newer", keys={"newer": b"n" * 32}), clock)
    with pytest.raises(NotSignedInError):
        after.read(tokens.sign(CLAIMS))


def test_a_token_ends_after_ten_minutes(clock: ManualClock, tokens: AccessTokens) -> None:
    token = tokens.sign(CLAIMS)
    clock.advance(LIFE.total_seconds() - 1)
    assert tokens.read(token) == SIGNED
    clock.advance(1)
    with pytest.raises(NotSignedInError, match="expired"):
        tokens.read(token)


CHANGED_CLAIMS: list[dict[str, Any]] = [
    *({name: ...} for name in ("iss", "aud", "sub", "sid", "team", "iat", "exp", "jti")),
    *({name: None} for name in ("iss", "aud", "sub", "sid", "team", "iat", "exp")),
    {"iss": "another"}, {"iss": ["hive"]}, {"aud": "sdk"}, {"aud": []}, {"aud": ["other"]}, {"aud": ""},
    {"sub": "ada"}, {"sub": 5}, {"sid": "x"}, {"team": "x"}, {"team": ["x"]}, {"team": {}},
    {"exp": "9999999999"}, {"exp": 9e9}, {"exp": 0}, {"exp": -1}, {"exp": 10**400}, {"exp": True},
    {"iat": "0"}, {"iat": True}, {"iat": 10**400},
]  # fmt: skip


@pytest.mark.parametrize("changes", CHANGED_CLAIMS, ids=str)
def test_claims_that_are_not_ours_do_not_count(
    clock: ManualClock, tokens: AccessTokens, changes: dict[str, Any]
) -> None:
    claims = content(clock, **changes)
    text = ".".join([encoded({"alg": "HS256", "kid": "new"}), encoded(claims)])
    signature = jwt.get_algorithm_by_name("HS256").sign(text.encode(), KEY)
    token = f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    with pytest.raises(NotSignedInError):
        tokens.read(token)


@pytest.mark.parametrize("shift_s", [-601, -6000, 61, 6000])
def test_a_token_of_another_time_does_not_count(
    clock: ManualClock, tokens: AccessTokens, shift_s: int
) -> None:
    then = ManualClock(clock.now() + timedelta(seconds=shift_s))
    with pytest.raises(NotSignedInError):
        tokens.read(forge(content(then)))


def test_a_token_may_not_live_longer_than_ours(clock: ManualClock, tokens: AccessTokens) -> None:
    now = int(clock.now().timestamp())
    with pytest.raises(NotSignedInError):
        tokens.read(forge(content(clock, exp=now + 601)))


def test_a_token_of_later_does_not_count_yet(clock: ManualClock, tokens: AccessTokens) -> None:
    with pytest.raises(NotSignedInError):
        tokens.read(forge(content(clock, nbf=int(clock.now().timestamp()) + 100)))


@pytest.mark.parametrize(
    "algorithm", ["none", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", "", None, 5]
)
def test_no_other_algorithm_is_believed(clock: ManualClock, tokens: AccessTokens, algorithm: object) -> None:
    text = ".".join([encoded({"alg": algorithm, "kid": "new"}), encoded(content(clock))])
    for signature in ("", "AAAA", base64.urlsafe_b64encode(bytes(32)).decode()):
        with pytest.raises(NotSignedInError):
            tokens.read(f"{text}.{signature}")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_the_right_key_with_another_algorithm_does_not_count(
    clock: ManualClock, tokens: AccessTokens, algorithm: str
) -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = forge(content(clock), algorithm=algorithm)
    with pytest.raises(NotSignedInError):
        tokens.read(token)


def test_an_asymmetric_signature_does_not_count(clock: ManualClock, tokens: AccessTokens) -> None:
    for key, algorithm in (
        (rsa.generate_private_key(65537, 2048), "RS256"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ):
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with pytest.raises(NotSignedInError):
            tokens.read(forge(content(clock), key=pem, algorithm=algorithm))


@pytest.mark.parametrize("kid", ["unknown", "", None, 5, ["new"], {"new": 1}, "../new", ...])
def test_only_our_keys_are_looked_up(clock: ManualClock, tokens: AccessTokens, kid: object) -> None:
    header = {"alg": "HS256", **({} if kid is ... else {"kid": kid})}
    text = ".".join([encoded(header), encoded(content(clock))])
    signature = jwt.get_algorithm_by_name("HS256").sign(text.encode(), KEY)
    with pytest.raises(NotSignedInError):
        tokens.read(f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


def test_an_altered_token_does_not_count(tokens: AccessTokens) -> None:
    head, body, signature = tokens.sign(CLAIMS).split(".")
    altered = encoded({**json.loads(base64.urlsafe_b64decode(body + "==")), "team": str(uuid4())})
    other = signature[::-1]
    for token in (
        f"{head}.{altered}.{signature}",
        f"{head}.{body}.{other}",
        f"{head}.{body}.",
        f"{head}.{body}",
    ):
        with pytest.raises(NotSignedInError):
            tokens.read(token)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "\x00", "é.é.é", "e30.e30.e30", "null.null.null", "x" * 9999]
)
def test_what_is_no_token_does_not_count(tokens: AccessTokens, text: str) -> None:
    with pytest.raises(NotSignedInError):
        tokens.read(text)


def test_a_key_that_is_no_secret_is_refused() -> None:
    with pytest.raises(ControlSetupError, match="at least 32"):
        KeyRing(current="a", keys={"a": b"secret"})
    with pytest.raises(ControlSetupError, match="No key 'b'"):
        KeyRing(current="b", keys={"a": KEY})


def test_keys_are_not_shown() -> None:
    assert "kkkk" not in repr(RING)
