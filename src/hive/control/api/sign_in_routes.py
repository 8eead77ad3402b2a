"""``/v1/auth``: getting in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hive.control.api.bodies import (
    FirstLogin,
    Login,
    Me,
    PasswordChange,
    Refresh,
    Registration,
    TeamShown,
    TokenPair,
)
from hive.control.api.parts import PartsOf, host_of
from hive.control.api.refusals import refusals
from hive.control.auth.gate import Everyone, Gate, people_only
from hive.control.auth.people import NewPerson, Session
from hive.control.domain.ids import TeamId
from hive.control.domain.principal import Principal
from hive.control.domain.roles import Role
from hive.control.services import limits
from hive.errors import NotAllowedError

router = APIRouter(prefix="/v1/auth", tags=["auth"], responses=refusals(422, 429, 503))
_open = [Depends(Everyone())]
Viewer = Annotated[Principal, Depends(Gate(role=Role.VIEWER))]


@router.post("/register", status_code=201, dependencies=_open, responses=refusals(403, 404, 409))
async def register(body: Registration, request: Request, parts: PartsOf) -> TokenPair:
    """Make an account, and sign in.

    With the ``token`` of an invitation it joins that team, also where sign-up is closed; with the name of a
    ``team`` it gets that as its own.
    """
    host = host_of(request)
    person = NewPerson(email=body.email, name=body.name, password=body.password.get_secret_value())
    if body.token is not None:
        await parts.login_limits.take(body.email, host)
        session = await parts.people.register_invited(person, body.token, body.team)
    elif parts.is_sign_up_open and body.team is not None:
        await parts.limits.take(limits.REGISTER_BY_HOST, host)
        session = await parts.people.register(person, body.team)
    else:
        raise NotAllowedError("Accounts are made by invitation here; ask an admin for its token.")
    await parts.login_limits.signed_in(body.email, host)
    return _pair(session)


@router.post("/first-login", status_code=201, dependencies=_open, responses=refusals(404, 409))
async def first_login(body: FirstLogin, request: Request, parts: PartsOf) -> TokenPair:
    """Become the first person of this installation, by the link it printed."""
    host = host_of(request)
    await parts.limits.take(limits.LINK_BY_HOST, host)
    person = NewPerson(email=body.email, name=body.name, password=body.password.get_secret_value())
    session = await parts.people.enter_first(body.token, person)
    await parts.login_limits.signed_in(body.email, host)
    return _pair(session)


@router.post("/login", dependencies=_open, responses=refusals(401, 403))
async def login(body: Login, request: Request, parts: PartsOf) -> TokenPair:
    """Sign in to a team: the one named, or the first joined."""
    host = host_of(request)
    await parts.login_limits.take(body.email, host)
    team_id = None if body.team_id is None else TeamId(body.team_id)
    session = await parts.people.sign_in(body.email, body.password.get_secret_value(), team_id)
    await parts.login_limits.signed_in(body.email, host)
    return _pair(session)


@router.post("/refresh", dependencies=_open, responses=refusals(401, 403))
async def refresh(body: Refresh, request: Request, parts: PartsOf) -> TokenPair:
    """Get the next pair of tokens, in another team if one is named; the old refresh token ends."""
    await parts.limits.take(limits.REFRESH_BY_HOST, host_of(request))
    team_id = None if body.team_id is None else TeamId(body.team_id)
    return _pair(await parts.people.refresh(body.refresh_token, team_id))


@router.post("/logout", status_code=204, responses=refusals(401, 403))
async def logout(principal: Viewer, parts: PartsOf) -> Response:
    """End the session; its tokens count no more."""
    await parts.people.sign_out(people_only(principal))
    return Response(status_code=204)


@router.post("/password", status_code=204, responses=refusals(401, 403))
async def change_password(body: PasswordChange, principal: Viewer, parts: PartsOf) -> Response:
    """Change the password; every other session of the account ends."""
    person = people_only(principal)
    await parts.limits.take(limits.PASSWORD_BY_ACCOUNT, person.name)
    old, new = body.old.get_secret_value(), body.new.get_secret_value()
    await parts.people.change_password(person, old, new)
    return Response(status_code=204)


@router.get("/me", responses=refusals(401, 403, 404))
async def me(principal: Viewer, parts: PartsOf) -> Me:
    """Say who is signed in, and in which teams."""
    person = people_only(principal)
    account = await parts.people.account(person.account_id)
    return Me(
        account_id=account.account_id,
        email=account.email,
        name=account.name,
        created_at=account.created_at,
        team_id=person.team_id,
        role=person.role,
        teams=[TeamShown.model_validate(each, from_attributes=True) for each in account.teams],
    )


def _pair(session: Session) -> TokenPair:
    return TokenPair(
        access_token=session.access_token,
        refresh_token=session.refresh_token,
        expires_in=session.expires_in_s,
        team_id=session.team_id,
    )
