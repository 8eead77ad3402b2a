"""Credentials that are not ours, by name, for every door there is: the one list."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.control import PASSWORD, RING, Signed, clock_of, login, make_key, register

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from hive.control.api.parts import Parts

KEY = RING.keys["k1"]
ROTATED_OUT = b"0" * 32
HALF = b"\xed\xa0\x80"
"""Half of a pair of UTF-16, which JSON can hold and UTF-8 cannot."""

FORMS: tuple[Callable[[bytes], tuple[str, bytes]], ...] = (
    lambda text: ("Authorization", b"Bearer " + text),
    lambda text: ("Authorization", b"jwt " + text),
    lambda text: ("Authorization", text),
    lambda text: ("X-API-Key", text),
)
"""The headers that a credential may come in."""


def encoded(value: object) -> bytes:
    """Return JSON, or bytes as they are, in URL-safe base64."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def sealed(header: object, claims: object, key: bytes = KEY, digest: str = "sha256") -> bytes:
    """Return a token with an HMAC that is right for ``key``."""
    text = encoded(header) + b"." + encoded(claims)
    return text + b"." + encoded(hmac.new(key, text, digest).digest())


@dataclass(frozen=True)
class Loot:
    """What an attacker may hold: everything but our key, and in some cases even that."""

    mine: Signed
    other: Signed
    ended: Signed
    other_claims: dict[str, Any]
    ended_claims: dict[str, Any]
    api_key: str
    other_api_key: str
    revoked_api_key: str
    expired_api_key: str

    @property
    def genuine(self) -> tuple[bytes, ...]:
        """What gets in, made as the forgeries are: if it does not, those prove nothing."""
        return (self.mine.access_token.encode(), self.signed(), self.headed())

    @property
    def parts(self) -> list[bytes]:
        return self.mine.access_token.encode().split(b".")

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a token that counts, changed; ``...`` takes a claim out."""
        known = {**read(self.mine.access_token), **changes}
        return {name: value for name, value in known.items() if value is not ...}

    def signed(self, **changes: Any) -> bytes:
        """Return a token with the right signature over changed claims."""
        return sealed({"alg": "HS256", "kid": "k1", "typ": "JWT"}, self.claims(**changes))

    def headed(self, key: bytes = KEY, **changes: Any) -> bytes:
        """Return a token with a signature over the true claims and a changed header."""
        header = {"alg": "HS256", "kid": "k1", **changes}
        return sealed({name: value for name, value in header.items() if value is not ...}, self.claims(), key)

    def foreign(self, algorithm: str, key: Any) -> bytes:
        """Return a token signed by a key pair of the attacker's."""
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return jwt.encode(self.claims(), pem, algorithm=algorithm, headers={"kid": "k1"}).encode()


def read(token: str) -> dict[str, Any]:
    """Return the claims of a token."""
    return jwt.decode(token, options={"verify_signature": False})


def unsigned(loot: Loot, algorithm: object, signature: bytes = b"") -> bytes:
    """Return the true claims under a header of no algorithm."""
    return encoded({"alg": algorithm, "kid": "k1"}) + b"." + encoded(loot.claims()) + b"." + signature


def duplicated(loot: Loot) -> bytes:
    """Return the claims with the team twice, and the signature of the true ones."""
    head, body, signature = loot.parts
    text = base64.urlsafe_b64decode(body + b"==")
    twice = text[:-1] + f', "team": "{loot.other.team_id}"}}'.encode()
    return b".".join([head, encoded(twice), signature])


def altered(loot: Loot, **changes: Any) -> bytes:
    """Return changed claims with the signature of the true ones."""
    head, _, signature = loot.parts
    return b".".join([head, encoded(loot.claims(**changes)), signature])


FORGED: dict[str, Callable[[Loot], bytes]] = {
    # No signature, or by another algorithm.
    "alg none": lambda loot: unsigned(loot, "none"),
    "alg None": lambda loot: unsigned(loot, "None"),
    "alg NONE": lambda loot: unsigned(loot, "NONE"),
    "alg nOnE": lambda loot: unsigned(loot, "nOnE"),
    "alg none, true signature": lambda loot: unsigned(loot, "none", loot.parts[2]),
    "alg null": lambda loot: unsigned(loot, None),
    "alg empty": lambda loot: unsigned(loot, ""),
    "alg a list": lambda loot: loot.headed(alg=["HS256"]),
    "alg a number": lambda loot: loot.headed(alg=256),
    "no alg": lambda loot: loot.headed(alg=...),
    "alg lower case": lambda loot: loot.headed(alg="hs256"),
    "HS384, true key": lambda loot: sealed({"alg": "HS384", "kid": "k1"}, loot.claims(), digest="sha384"),
    "HS512, true key": lambda loot: sealed({"alg": "HS512", "kid": "k1"}, loot.claims(), digest="sha512"),
    "HS384 named, HS256 made": lambda loot: loot.headed(alg="HS384"),
    "RS256, own key": lambda loot: loot.foreign("RS256", rsa.generate_private_key(65537, 2048)),
    "PS256, own key": lambda loot: loot.foreign("PS256", rsa.generate_private_key(65537, 2048)),
    "ES256, own key": lambda loot: loot.foreign("ES256", ec.generate_private_key(ec.SECP256R1())),
    "EdDSA, own key": lambda loot: loot.foreign("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    "RS256 named, HMAC of our key": lambda loot: loot.headed(alg="RS256"),
    "alg twice": lambda loot: (
        encoded(b'{"alg": "none", "kid": "k1", "alg": "HS256"}')
        + b"."
        + b".".join([encoded(loot.claims()), b""])
    ),
    "JSON instead of dots": lambda loot: json.dumps(
        dict(zip(("protected", "payload", "signature"), map(bytes.decode, loot.parts), strict=True))
    ).encode(),
    # Another secret.
    "empty secret": lambda loot: loot.headed(key=b""),
    "secret of zeros": lambda loot: loot.headed(key=bytes(32)),
    "secret that many use": lambda loot: loot.headed(key=b"dev-secret-change-in-production"),
    "secret is the kid": lambda loot: loot.headed(key=b"k1"),
    "secret is the issuer": lambda loot: loot.headed(key=b"hive"),
    "rotated-out key": lambda loot: loot.headed(key=ROTATED_OUT, kid="k0"),
    "rotated-out key under the new name": lambda loot: loot.headed(key=ROTATED_OUT),
    # The header says where the key is.
    "kid unknown": lambda loot: loot.headed(kid="k2"),
    "no kid": lambda loot: loot.headed(kid=...),
    "kid null": lambda loot: loot.headed(kid=None),
    "kid empty": lambda loot: loot.headed(kid=""),
    "kid a number": lambda loot: loot.headed(kid=1),
    "kid a list": lambda loot: loot.headed(kid=["k1"]),
    "kid an object": lambda loot: loot.headed(kid={"k1": 1}),
    "kid a path": lambda loot: loot.headed(key=b"", kid="../../../../dev/null"),
    "kid a device": lambda loot: loot.headed(key=b"", kid="/dev/null"),
    "kid SQL": lambda loot: loot.headed(key=b"x", kid="' UNION SELECT 'x' --"),
    "kid SQL that is true": lambda loot: loot.headed(key=b"x", kid="k1' OR '1'='1"),
    "kid a command": lambda loot: loot.headed(key=b"", kid="|id"),
    "kid with NUL": lambda loot: loot.headed(kid="k1\x00"),
    "kid with a blank": lambda loot: loot.headed(kid="k1 "),
    "kid in capitals": lambda loot: loot.headed(kid="K1"),
    "kid in wide letters": lambda loot: loot.headed(kid="\uff4b\uff11"),
    "jwk of its own": lambda loot: loot.headed(
        key=b"x" * 32, jwk={"kty": "oct", "k": encoded(b"x" * 32).decode()}
    ),
    "jku elsewhere": lambda loot: loot.headed(key=b"x" * 32, jku="https://keys.example/set.json"),
    "x5u elsewhere": lambda loot: loot.headed(key=b"x" * 32, x5u="https://keys.example/chain.pem"),
    "x5c of its own": lambda loot: loot.headed(key=b"x" * 32, x5c=["MIIB"]),
    "crit nobody knows": lambda loot: loot.headed(crit=["exp2"], exp2=1),
    "not encoded, by b64": lambda loot: loot.headed(crit=["b64"], b64=False),
    # True signature, other claims: made by something else that shares the key.
    "aud another": lambda loot: loot.signed(aud="hive-sdk"),
    "no aud": lambda loot: loot.signed(aud=...),
    "aud of others": lambda loot: loot.signed(aud=["a", "b"]),
    "aud null": lambda loot: loot.signed(aud=None),
    "iss another": lambda loot: loot.signed(iss="https://evil.example"),
    "no iss": lambda loot: loot.signed(iss=...),
    "iss a list": lambda loot: loot.signed(iss=["hive"]),
    "expired": lambda loot: loot.signed(exp=loot.claims()["iat"] - 1, iat=loot.claims()["iat"] - 600),
    "no exp": lambda loot: loot.signed(exp=...),
    "exp a text": lambda loot: loot.signed(exp="9999999999"),
    "exp a fraction": lambda loot: loot.signed(exp=loot.claims()["exp"] + 0.5),
    "exp NaN": lambda loot: loot.signed(exp=float("nan")),
    "exp endless": lambda loot: loot.signed(exp=float("inf")),
    "exp a truth": lambda loot: loot.signed(exp=True),
    "exp in milliseconds": lambda loot: loot.signed(exp=loot.claims()["exp"] * 1000),
    "exp of 5000 digits": lambda loot: sealed(
        {"alg": "HS256", "kid": "k1"},
        json.dumps(loot.claims()).replace(str(loot.claims()["exp"]), "9" * 5000).encode(),
    ),
    "lives too long": lambda loot: loot.signed(exp=loot.claims()["exp"] + 1),
    "of later, by nbf": lambda loot: loot.signed(nbf=loot.claims()["iat"] + 300),
    "nbf NaN": lambda loot: loot.signed(nbf=float("nan")),
    "nbf a text": lambda loot: loot.signed(nbf="0"),
    "of later, by iat": lambda loot: loot.signed(
        iat=loot.claims()["iat"] + 300, exp=loot.claims()["exp"] + 300
    ),
    "no iat": lambda loot: loot.signed(iat=...),
    "no jti": lambda loot: loot.signed(jti=...),
    "no sub": lambda loot: loot.signed(sub=...),
    "sub nobody": lambda loot: loot.signed(sub=str(uuid4())),
    "sub of another": lambda loot: loot.signed(sub=loot.other_claims["sub"]),
    "sub SQL": lambda loot: loot.signed(sub="' OR true --"),
    "no sid": lambda loot: loot.signed(sid=...),
    "sid nobody's": lambda loot: loot.signed(sid=str(uuid4())),
    "sid of another": lambda loot: loot.signed(sid=loot.other_claims["sid"]),
    "sid of a session that ended": lambda loot: loot.signed(sid=loot.ended_claims["sid"]),
    "no team": lambda loot: loot.signed(team=...),
    "team of another": lambda loot: loot.signed(team=loot.other.team_id),
    "team of the installation": lambda loot: loot.signed(team=str(UUID(int=0))),
    "team a list": lambda loot: loot.signed(team=[loot.mine.team_id]),
    "claims a list": lambda loot: sealed({"alg": "HS256", "kid": "k1"}, [loot.claims()]),
    "claims no JSON": lambda loot: sealed({"alg": "HS256", "kid": "k1"}, b"{team"),
    "claims nested deep": lambda loot: sealed({"alg": "HS256", "kid": "k1"}, b"[" * 3_000),
    # Altered, cut, put together.
    "other team's claims": lambda loot: altered(loot, team=loot.other.team_id),
    "role added": lambda loot: altered(loot, role="admin"),
    "another person's claims": lambda loot: altered(loot, **loot.other_claims),
    "signature of another token": lambda loot: b".".join(
        [*loot.parts[:2], loot.other.access_token.encode().split(b".")[2]]
    ),
    "claims twice": duplicated,
    "header of another algorithm, true signature": lambda loot: b".".join(
        [encoded({"alg": "HS512", "kid": "k1"}), *loot.parts[1:]]
    ),
    "header nested deep": lambda loot: encoded(b"[" * 3_000) + b"." + loot.parts[1] + b"." + loot.parts[2],
    "signature backwards": lambda loot: b".".join([*loot.parts[:2], loot.parts[2][::-1]]),
    "signature cut": lambda loot: b".".join([*loot.parts[:2], loot.parts[2][:20]]),
    "signature empty": lambda loot: b".".join([*loot.parts[:2], b""]),
    "no signature": lambda loot: b".".join(loot.parts[:2]),
    "cut in half": lambda loot: loot.mine.access_token.encode()[:100],
    "five parts": lambda loot: b".".join([*loot.parts, b"a", b"b"]),
    "wide dots": lambda loot: "\uff0e".join(loot.mine.access_token.split(".")).encode(),
    "zero-width blank inside": lambda loot: loot.parts[0] + "\u200b.".encode() + b".".join(loot.parts[1:]),
    "half a character inside": lambda loot: HALF.join([loot.parts[0], b".".join(loot.parts[1:])]),
    "of 100,000 characters": lambda loot: altered(loot, more="x" * 75_000),
    "two tokens": lambda loot: f"{loot.mine.access_token},{loot.other.access_token}".encode(),
    "no token": lambda loot: b"null",
    "ended session": lambda loot: loot.ended.access_token.encode(),
    # Secrets of another kind.
    "refresh token": lambda loot: loot.mine.refresh_token.encode(),
    "password": lambda loot: PASSWORD.encode(),
    "basic": lambda loot: b"Basic " + base64.b64encode(f"{loot.mine.email}:{PASSWORD}".encode()),
    "a token named a key": lambda loot: b"hive_" + loot.mine.access_token.encode(),
    "key with another secret": lambda loot: loot.api_key[:-64].encode() + b"0" * 64,
    "key of another id": lambda loot: (loot.other_api_key[:22] + loot.api_key[22:]).encode(),
    "key in capitals": lambda loot: ("hive_" + loot.api_key[5:].upper()).encode(),
    "key cut": lambda loot: loot.api_key[:-1].encode(),
    "key and more": lambda loot: loot.api_key.encode() + b"0",
    "key with half a character": lambda loot: loot.api_key[:-1].encode() + HALF,
    "key of 100,000 characters": lambda loot: loot.api_key.encode() + b"0" * 100_000,
    "two keys": lambda loot: f"{loot.api_key},{loot.other_api_key}".encode(),
    "hash of a key": lambda loot: (
        loot.api_key[:22] + hashlib.sha256(loot.api_key.encode()).hexdigest()
    ).encode(),
    "key with SQL": lambda loot: b"hive_' OR true --_" + loot.api_key[-64:].encode(),
    "revoked key": lambda loot: loot.revoked_api_key.encode(),
    "expired key": lambda loot: loot.expired_api_key.encode(),
}


async def gathered(client: httpx.AsyncClient, parts: Parts) -> Loot:
    """Return the loot of somebody who is in one team and knows another."""
    mine, other = await register(client), await register(client)
    ended = await login(client, mine)
    await client.post("/v1/auth/logout", headers=ended.headers)
    revoked = await make_key(client, mine)
    await client.delete(f"/v1/auth/keys/{revoked['key_id']}", headers=mine.headers)
    soon = (parts.clock.now() + timedelta(seconds=1)).isoformat()
    expired = await make_key(client, mine, expires_at=soon)
    clock_of(parts).advance(1)
    return Loot(
        mine, other, ended, read(other.access_token), read(ended.access_token),
        (await make_key(client, mine))["key"], (await make_key(client, other))["key"],
        revoked["key"], expired["key"],
    )  # fmt: skip
