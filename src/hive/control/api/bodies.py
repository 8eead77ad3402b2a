"""What people send to the routes of accounts, teams and keys, and what they get back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    StringConstraints,
    model_validator,
)

from hive.control.auth.passwords import LONGEST, SHORTEST
from hive.control.domain.roles import SDK_SCOPES, KeyScope, Role
from hive.protocol.forms import EMAIL, NAME, NO_CONTROLS, SHORT_ID

_ID = "3f1c0b52-5d0c-4c1e-9d3f-0c8f6a5b7a10"
_TIME = "2026-01-31T12:00:00Z"
_INVITATION: dict[str, JsonValue] = {
    "invitation_id": "0123456789abcdef",
    "email": "grace@example.org",
    "role": "member",
    "created_at": _TIME,
    "expires_at": "2026-02-07T12:00:00Z",
}
_KEY: dict[str, JsonValue] = {
    "key_id": "0123456789abcdef",
    "name": "worker 1",
    "scopes": ["sdk:ingest"],
    "created_at": _TIME,
    "expires_at": "2027-01-31T12:00:00Z",
    "revoked_at": "2026-06-30T12:00:00Z",
}


def _encodable(secret: SecretStr) -> SecretStr:
    """Refuse half a surrogate pair, which JSON can say and no encoding can."""
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode") from None
    return secret


Email = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=EMAIL)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=NAME)]
Secret = Annotated[SecretStr, Field(max_length=LONGEST), AfterValidator(_encodable)]
NewSecret = Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST), AfterValidator(_encodable)]
Token = Annotated[str, StringConstraints(max_length=200, pattern=NO_CONTROLS)]


def _example(values: dict[str, JsonValue]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class Registration(BaseModel):
    """Somebody who wants an account, and a team of their own, or was invited to one, or both."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "email": "ada@example.org",
                    "name": "Ada",
                    "password": "a long passphrase",
                    "team": "Analysts",
                },
                {
                    "email": "grace@example.org",
                    "name": "Grace",
                    "password": "a long passphrase",
                    "token": "9f…",
                },
            ],
            "anyOf": [
                {"required": [each], "properties": {each: {"type": "string"}}} for each in ("team", "token")
            ],
        },
    )

    email: Email
    name: Name
    password: NewSecret
    team: Name | None = None
    token: Token | None = None

    @model_validator(mode="after")
    def _leads_into_a_team(self) -> Self:
        if self.team is None and self.token is None:
            raise ValueError("needs the name of a team, or the token of an invitation")
        return self


class FirstLogin(BaseModel):
    """The first person of an installation, who holds the link it printed."""

    model_config = _example(
        {"token": "9f…", "email": "ada@example.org", "name": "Ada", "password": "a long passphrase"}
    )

    token: Token
    email: Email
    name: Name
    password: NewSecret


class Login(BaseModel):
    """Somebody who signs in."""

    model_config = _example({"email": "ada@example.org", "password": "a long passphrase"})

    email: Email
    password: Secret
    team_id: UUID | None = None


class Refresh(BaseModel):
    """Somebody who wants the next pair of tokens."""

    model_config = _example({"refresh_token": "refresh_…"})

    refresh_token: Token
    team_id: UUID | None = None


class PasswordChange(BaseModel):
    """The password somebody has, and the one they want."""

    model_config = _example({"old": "a long passphrase", "new": "another long passphrase"})

    old: Secret
    new: NewSecret


class TokenPair(BaseModel):
    """What somebody who signed in gets."""

    model_config = _example(
        {
            "access_token": "eyJ…",
            "refresh_token": "refresh_…",
            "token_type": "Bearer",
            "expires_in": 600,
            "team_id": _ID,
        }
    )

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105  (the name of a scheme)
    expires_in: int
    team_id: UUID


class TeamShown(BaseModel):
    """A team as one of its members sees it."""

    model_config = _example({"team_id": _ID, "name": "Analysts", "role": "admin", "joined_at": _TIME})

    team_id: UUID
    name: str
    role: Role
    joined_at: datetime


class Me(BaseModel):
    """Who is signed in."""

    model_config = _example(
        {
            "account_id": _ID,
            "email": "ada@example.org",
            "name": "Ada",
            "created_at": _TIME,
            "team_id": _ID,
            "role": "admin",
            "teams": [],
        }
    )

    account_id: UUID
    email: str
    name: str
    created_at: datetime
    team_id: UUID
    role: Role
    teams: list[TeamShown]


class NewTeam(BaseModel):
    """A team somebody makes."""

    model_config = _example({"name": "Analysts"})

    name: Name


class TeamMade(BaseModel):
    """The id of a team."""

    model_config = _example({"team_id": _ID})

    team_id: UUID


class MemberShown(BaseModel):
    """A member of a team."""

    model_config = _example(
        {"account_id": _ID, "email": "ada@example.org", "name": "Ada", "role": "admin", "joined_at": _TIME}
    )

    account_id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime


class RoleChange(BaseModel):
    """The role a member gets."""

    model_config = _example({"role": "viewer"})

    role: Role


class NewInvitation(BaseModel):
    """Whom to invite, and as what."""

    model_config = _example({"email": "grace@example.org", "role": "member"})

    email: Email
    role: Role = Role.MEMBER


class InvitationShown(BaseModel):
    """An invitation that can still be accepted."""

    model_config = _example(_INVITATION)

    invitation_id: str
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


class InvitationMade(InvitationShown):
    """An invitation with its token, which is shown once."""

    model_config = _example({**_INVITATION, "token": "9f…"})

    token: str


class Acceptance(BaseModel):
    """The token of an invitation."""

    model_config = _example({"token": "9f…"})

    token: Token


class Withdrawal(BaseModel):
    """The invitation that should count no more."""

    model_config = _example({"invitation_id": "0123456789abcdef"})

    invitation_id: Annotated[str, StringConstraints(pattern=SHORT_ID)]


class NewApiKey(BaseModel):
    """An API key somebody wants."""

    model_config = _example(
        {"name": "worker 1", "scopes": ["policy:read", "sdk:ingest"], "expires_at": _TIME}
    )

    name: Name
    scopes: Annotated[frozenset[KeyScope], Field(min_length=1)] = SDK_SCOPES
    expires_at: AwareDatetime | None = None


class ApiKeyShown(BaseModel):
    """An API key as it is listed."""

    model_config = _example(_KEY)

    key_id: str
    name: str
    scopes: list[KeyScope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class ApiKeyMade(ApiKeyShown):
    """An API key with its text, which is shown once."""

    model_config = _example({**_KEY, "key": "hive_0123456789abcdef_…"})

    key: str


class AuditEntryShown(BaseModel):
    """An entry of the audit log."""

    model_config = _example(
        {
            "seq": 1,
            "occurred_at": _TIME,
            "actor": "account " + _ID,
            "action": "key.made",
            "subject": "key 0123456789abcdef",
            "details": {"name": "worker 1"},
            "hash": "00" * 32,
        }
    )

    seq: int
    occurred_at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, str]
    hash: str
