"""The one dependency by which every route says who may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Protocol, assert_never

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from hive.control.domain.principal import Person, Principal, Program
from hive.errors import NotAllowedError, NotSignedInError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hive.control.auth.people import People
    from hive.control.domain.roles import KeyScope, Role
    from hive.control.services.keys import Keys

PROVED = "hive.proved"
"""What a request's scope holds once the caller may use the route."""

_bearer = HTTPBearer(auto_error=False, description="An access token of a person, or an API key of a program.")
_SCHEMES = ("bearer ", "jwt ")
_HEADERS = ("authorization", "x-api-key")


class Doors(Protocol):
    """What recognises callers."""

    @property
    def people(self) -> People:
        """Recognises access tokens."""
        ...

    @property
    def keys(self) -> Keys:
        """Recognises API keys."""
        ...


class Everyone:
    """Declares that a route needs no caller."""

    async def __call__(self) -> None:
        """Let everyone in."""


class Gate:
    """Declares who may use a route: people from a role up, keys with a scope, or both."""

    def __init__(self, *, role: Role | None = None, scope: KeyScope | None = None) -> None:
        """Let in people whose role covers ``role``, and keys that have ``scope``; None lets none in."""
        self.role = role
        self.scope = scope

    async def __call__(self, request: Request, _: Annotated[object, Depends(_bearer)] = None) -> Principal:
        """Return who asks.

        Raises:
            NotSignedInError: if nobody is named, or in a way that does not count.
            NotAllowedError: if the caller may not.
        """
        doors: Doors = request.app.state.doors
        principal = await self.recognise(doors, credential_of(request.headers))
        self.check(principal)
        request.scope[PROVED] = True
        return principal

    async def recognise(self, doors: Doors, credential: str) -> Principal:
        """Return whom a credential names.

        Raises:
            NotSignedInError: if it names nobody.
        """
        return await recognise(doors, credential)

    def check(self, principal: Principal) -> None:
        """Refuse a caller that may not.

        Raises:
            NotAllowedError: if the role or the scopes do not suffice.
        """
        match principal:
            case Person(role=role):
                self._check_role(role)
            case Program(scopes=scopes):
                self._check_scopes(scopes)
            case _:
                assert_never(principal)

    def _check_role(self, role: Role) -> None:
        if self.role is None:
            raise NotAllowedError("This is for programs with an API key, not for people.")
        if not role.covers(self.role):
            raise NotAllowedError(f"This needs the role {self.role}; yours is {role}.")

    def _check_scopes(self, scopes: frozenset[KeyScope]) -> None:
        if self.scope is None:
            raise NotAllowedError("This is for people; an API key cannot do it.")
        if self.scope not in scopes:
            raise NotAllowedError(f"The API key lacks the scope {self.scope}.")


async def recognise(doors: Doors, credential: str) -> Principal:
    """Return whom an API key or an access token names.

    Raises:
        NotSignedInError: if it names nobody.
    """
    if credential.startswith("hive_"):
        return await doors.keys.recognise(credential)
    return await doors.people.recognise(credential)


def strip_scheme(header: str) -> str:
    """Return the credential in an ``Authorization`` header: after ``Bearer``, after ``jwt``, or bare."""
    text = header.strip()
    for scheme in _SCHEMES:
        if text.lower().startswith(scheme):
            return text[len(scheme) :].strip()
    return text


def credential_of(headers: Mapping[str, str]) -> str:
    """Return what names the caller; the names of ``headers`` are in small letters.

    Raises:
        NotSignedInError: if nothing does, or more than one header of a name: what stands in front of
            this server may have believed the other.
    """
    names = [name for name, _ in headers.items()]
    if any(names.count(name) > 1 for name in _HEADERS):
        raise NotSignedInError("Say who you are once: there is more than one header that does.")
    credential = strip_scheme(headers.get("authorization") or headers.get("x-api-key") or "")
    if not credential:
        raise NotSignedInError("Say who you are: Authorization: Bearer, then an access token or an API key.")
    return credential


def people_only(principal: Principal) -> Person:
    """Return the person that a gate without a scope let in.

    Raises:
        NotAllowedError: if it is a program.
    """
    match principal:
        case Person():
            return principal
        case Program():
            raise NotAllowedError("This is for people; an API key cannot do it.")
        case _:
            assert_never(principal)
