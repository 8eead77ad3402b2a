"""``/v1/auth``: teams, members, API keys and the audit log."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from hive.control.api.bodies import (
    Acceptance,
    ApiKeyMade,
    ApiKeyShown,
    AuditEntryShown,
    InvitationMade,
    InvitationShown,
    MemberShown,
    NewApiKey,
    NewInvitation,
    NewTeam,
    RoleChange,
    TeamMade,
    TeamShown,
    Withdrawal,
)
from hive.control.api.parts import PartsOf
from hive.control.api.refusals import refusals
from hive.control.auth.gate import Gate, people_only
from hive.control.domain.ids import AccountId, KeyId
from hive.control.domain.principal import Principal
from hive.control.domain.roles import Role
from hive.control.services.keys import KeyWish
from hive.protocol.forms import SHORT_ID

router = APIRouter(prefix="/v1/auth", tags=["teams"], responses=refusals(401, 403, 422, 503))
Viewer = Annotated[Principal, Depends(Gate(role=Role.VIEWER))]
Admin = Annotated[Principal, Depends(Gate(role=Role.ADMIN))]
KeyInPath = Annotated[str, Path(pattern=SHORT_ID, examples=["0123456789abcdef"])]


@router.get("/teams")
async def list_teams(principal: Viewer, parts: PartsOf) -> list[TeamShown]:
    """List the teams of whoever is signed in."""
    teams = await parts.teams.of_account(people_only(principal).account_id)
    return [TeamShown.model_validate(each, from_attributes=True) for each in teams]


@router.post("/teams", status_code=201)
async def create_team(body: NewTeam, principal: Viewer, parts: PartsOf) -> TeamMade:
    """Make a team and become its admin; a refresh that names it opens it."""
    return TeamMade(team_id=await parts.teams.create(people_only(principal).account_id, body.name))


@router.get("/members")
async def list_members(principal: Viewer, parts: PartsOf) -> list[MemberShown]:
    """List the members of the team."""
    members = await parts.teams.members(principal.team_id)
    return [MemberShown.model_validate(each, from_attributes=True) for each in members]


@router.patch("/members/{account_id}", status_code=204, responses=refusals(404, 409))
async def change_role(account_id: UUID, body: RoleChange, principal: Admin, parts: PartsOf) -> Response:
    """Give a member another role; the last admin stays one."""
    await parts.teams.set_role(people_only(principal), AccountId(account_id), body.role)
    return Response(status_code=204)


@router.delete("/members/{account_id}", status_code=204, responses=refusals(404, 409))
async def remove_member(account_id: UUID, principal: Admin, parts: PartsOf) -> Response:
    """Take a member out of the team; the last admin stays."""
    await parts.teams.remove(people_only(principal), AccountId(account_id))
    return Response(status_code=204)


@router.get("/invitations")
async def list_invitations(principal: Admin, parts: PartsOf) -> list[InvitationShown]:
    """List the invitations that can still be accepted, without their tokens."""
    found = await parts.teams.invitations(principal.team_id)
    return [InvitationShown.model_validate(each, from_attributes=True) for each in found]


@router.post("/invitations", status_code=201)
async def invite(body: NewInvitation, principal: Admin, parts: PartsOf) -> InvitationMade:
    """Invite somebody; give them the token, which is shown once."""
    made = await parts.teams.invite(people_only(principal), body.email, body.role)
    shown = InvitationShown.model_validate(made.facts, from_attributes=True)
    return InvitationMade(token=made.token, **shown.model_dump())


@router.post("/invitations/withdraw", status_code=204, responses=refusals(404))
async def withdraw_invitation(body: Withdrawal, principal: Admin, parts: PartsOf) -> Response:
    """Let an invitation count no more; one that was accepted or has expired is open no longer."""
    await parts.teams.withdraw(people_only(principal), body.invitation_id)
    return Response(status_code=204)


@router.post("/invitations/accept", responses=refusals(404, 409))
async def accept_invitation(body: Acceptance, principal: Viewer, parts: PartsOf) -> TeamMade:
    """Join the team that an invitation is for; a refresh that names it opens it."""
    return TeamMade(team_id=await parts.teams.accept(people_only(principal).account_id, body.token))


@router.get("/keys")
async def list_keys(principal: Admin, parts: PartsOf) -> list[ApiKeyShown]:
    """List the API keys of the team, without their secrets."""
    keys = await parts.keys.of_team(principal.team_id)
    return [ApiKeyShown.model_validate(each, from_attributes=True) for each in keys]


@router.post("/keys", status_code=201)
async def make_key(body: NewApiKey, principal: Admin, parts: PartsOf) -> ApiKeyMade:
    """Make an API key for a program; its text is shown once and stored nowhere."""
    person = people_only(principal)
    wish = KeyWish(name=body.name, scopes=body.scopes, expires_at=body.expires_at, made_by=person.account_id)
    made = await parts.keys.make(person.team_id, wish)
    shown = ApiKeyShown.model_validate(made.facts, from_attributes=True)
    return ApiKeyMade(key=made.text, **shown.model_dump())


@router.delete("/keys/{key_id}", status_code=204, responses=refusals(404))
async def revoke_key(key_id: KeyInPath, principal: Admin, parts: PartsOf) -> Response:
    """Let an API key count no more, for requests and for open sockets."""
    await parts.keys.revoke(principal.team_id, KeyId(key_id), principal.name)
    return Response(status_code=204)


@router.get("/audit")
async def read_audit(
    principal: Admin,
    parts: PartsOf,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AuditEntryShown]:
    """Read the audit log of the team, in order, after an entry's number."""
    entries = await parts.audit_trail.page(principal.team_id, after=after, most=limit)
    return [
        AuditEntryShown(
            seq=sealed.entry.seq,
            occurred_at=sealed.entry.occurred_at,
            actor=sealed.entry.actor,
            action=sealed.entry.action,
            subject=sealed.entry.subject,
            details=dict(sealed.entry.details),
            hash=sealed.hash.hex(),
        )
        for sealed in entries
    ]
