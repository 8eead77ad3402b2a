"""Access tokens of people: signed, short-lived, and for this installation alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import jwt

from hive.control.domain.ids import AccountId, SessionId, TeamId
from hive.errors import ControlSetupError, NotSignedInError

if TYPE_CHECKING:
    from framework.clock import Clock

ALGORITHM = "HS256"
"""The one algorithm that is signed with and believed."""

ISSUER = "hive"
AUDIENCE = "hive-dashboard"
LIFE = timedelta(minutes=10)

NEW_KEY = "make one with: openssl rand -base64 32 | tr +/ -_"
"""How a key is made, as the end of a sentence."""

_SHORTEST_KEY = 32
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid", "team", "jti"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """The secrets that sign tokens: the newest signs, all of them verify.

    Attributes:
        current: id of the key that signs.
        keys: the secrets by their ids.
    """

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        """Check the keys.

        Raises:
            ControlSetupError: if one is too short to be a secret, or none signs.
        """
        if self.current not in self.keys:
            raise ControlSetupError(f"No key {self.current!r} to sign tokens with is among those given.")
        if any(len(key) < _SHORTEST_KEY for key in self.keys.values()):
            raise ControlSetupError(
                f"A key that signs tokens has at least {_SHORTEST_KEY} random bytes; {NEW_KEY}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an access token says.

    Attributes:
        expires_at: when it counts no more; a token that is signed gets its own.
    """

    account_id: AccountId
    session_id: SessionId
    team_id: TeamId
    expires_at: datetime | None = None


class AccessTokens:
    """Signs access tokens and reads them."""

    def __init__(self, ring: KeyRing, clock: Clock) -> None:
        """Sign and verify with ``ring``, by the time of ``clock``."""
        self._ring = ring
        self._clock = clock

    def sign(self, claims: Claims) -> str:
        """Return a token that counts for ten minutes."""
        now = self._clock.now()
        content = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.account_id),
            "sid": str(claims.session_id),
            "team": str(claims.team_id),
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
            "jti": uuid4().hex,
        }
        key = self._ring.keys[self._ring.current]
        return jwt.encode(content, key, algorithm=ALGORITHM, headers={"kid": self._ring.current})

    def read(self, token: str) -> Claims:
        """Return what a token says.

        Raises:
            NotSignedInError: if it is not ours, not for us, altered, or has expired.
        """
        try:
            key = self._ring.keys[jwt.get_unverified_header(token)["kid"]]
            content: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # The times are compared below, with the clock this was given.
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            self._check_times(content)
            return Claims(
                account_id=AccountId(UUID(content["sub"])),
                session_id=SessionId(UUID(content["sid"])),
                team_id=TeamId(UUID(content["team"])),
                expires_at=datetime.fromtimestamp(content["exp"], UTC),
            )
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise NotSignedInError("The access token does not count; sign in again.") from error

    def _check_times(self, content: Mapping[str, Any]) -> None:
        now = self._clock.now().timestamp()
        issued, expires = content["iat"], content["exp"]
        if type(issued) is not int or type(expires) is not int:
            raise NotSignedInError("The access token does not count; sign in again.")
        if not issued - 60 <= now < expires or expires - issued > LIFE.total_seconds():
            raise NotSignedInError("The access token has expired; refresh it.")
        if "nbf" in content and not content["nbf"] <= now:
            raise NotSignedInError("The access token does not count yet.")
