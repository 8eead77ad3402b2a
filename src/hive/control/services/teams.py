"""Teams, their members and who is invited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from hive.control.domain.ids import AccountId, TeamId, new_team_id
from hive.control.domain.roles import Role
from hive.control.domain.secret_tokens import new_once_token, read_once_token
from hive.control.stores import audit
from hive.control.stores.scope import Scope
from hive.errors import ConflictError, NotKnownError

if TYPE_CHECKING:
    from framework.clock import Clock
    from hive.control.domain.principal import Person
    from hive.control.stores.database import Database, Transaction

INVITATION_LIFE = timedelta(days=7)
"""How long an invitation can be accepted."""

_ID_BYTES = 8
"""How much of the hash of its token names an invitation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A team as one of its members sees it."""

    team_id: TeamId
    name: str
    role: Role
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a team."""

    account_id: AccountId
    email: str
    name: str
    role: Role
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation.

    Attributes:
        invitation_id: how the team names it; whoever knows that alone cannot accept it.
    """

    invitation_id: str
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


class NewInvitation(NamedTuple):
    """An invitation with its token, which is shown once."""

    token: str
    facts: Invitation


class PresentedInvitation(NamedTuple):
    """What an invitation offers to who presents its token."""

    team_id: TeamId
    role: Role
    token_hash: bytes


class Teams:
    """All teams."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep them in ``database``."""
        self._database = database
        self._clock = clock

    async def create(self, account_id: AccountId, name: str) -> TeamId:
        """Make a team whose admin is ``account_id``, and return its id."""
        team_id = new_team_id()
        scope = Scope(team_id=team_id, account_id=account_id)
        async with self._database.transaction(scope) as transaction:
            await found_team(transaction, team_id, name, self._clock.now(), f"account {account_id}")
            await join(transaction, team_id, account_id, Role.ADMIN, self._clock.now())
        return team_id

    async def of_account(self, account_id: AccountId) -> list[Membership]:
        """Return the teams of a person, the first joined first."""
        async with self._database.transaction(Scope(account_id=account_id)) as transaction:
            return await memberships(transaction, account_id)

    async def members(self, team_id: TeamId) -> list[Member]:
        """Return the members of a team, the first joined first."""
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            rows = await transaction.rows("teams.members", {"team_id": team_id})
        return [
            Member(
                account_id=row["account_id"],
                email=row["email"],
                name=row["name"],
                role=Role(row["role"]),
                joined_at=row["joined_at"],
            )
            for row in rows
        ]

    async def invite(self, admin: Person, email: str, role: Role) -> NewInvitation:
        """Invite the person with an address to the team of ``admin``."""
        token = new_once_token()
        now = self._clock.now()
        facts = Invitation(
            invitation_id=token.digest[:_ID_BYTES].hex(),
            email=email,
            role=role,
            created_at=now,
            expires_at=now + INVITATION_LIFE,
        )
        row = {
            "team_id": admin.team_id,
            "token_hash": token.digest,
            "email": email,
            "role": role,
            "created_at": now,
            "expires_at": facts.expires_at,
        }
        async with self._database.transaction(Scope(team_id=admin.team_id)) as transaction:
            await transaction.change("teams.invite", row)
            words = (admin.name, "member.invited", email)
            await audit.append(transaction, admin.team_id, now, words, {"role": role})
        return NewInvitation(token.text, facts)

    async def invitations(self, team_id: TeamId) -> list[Invitation]:
        """Return the invitations of a team that can still be accepted, the oldest first."""
        asked = {"team_id": team_id, "now": self._clock.now()}
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            rows = await transaction.rows("teams.open_invitations", asked)
        return [
            Invitation(
                invitation_id=row["invitation_id"],
                email=row["email"],
                role=Role(row["role"]),
                created_at=row["created_at"],
                expires_at=row["expires_at"],
            )
            for row in rows
        ]

    async def withdraw(self, admin: Person, invitation_id: str) -> None:
        """Let an invitation count no more.

        Raises:
            NotKnownError: if the team has no such invitation that could still be accepted.
        """
        now = self._clock.now()
        asked = {"team_id": admin.team_id, "invitation_id": invitation_id, "now": now}
        async with self._database.transaction(Scope(team_id=admin.team_id)) as transaction:
            row = await transaction.row("teams.withdraw_invitation", asked)
            if row is None:
                raise NotKnownError(f"The team has no open invitation {invitation_id!r}.")
            words = (admin.name, "invitation.withdrawn", row["email"])
            await audit.append(transaction, admin.team_id, now, words, {"invitation_id": invitation_id})

    async def accept(self, account_id: AccountId, token: str) -> TeamId:
        """Join the team that an invitation is for, and return it.

        Raises:
            NotKnownError: if the invitation does not count, or is for another address.
            ConflictError: if the person is a member already.
        """
        now = self._clock.now()
        digest = read_once_token(token)
        presenting = Scope(account_id=account_id, token_hash=digest)
        async with self._database.transaction(presenting) as transaction:
            account = await transaction.row("accounts.by_id", {"account_id": account_id})
            email = None if account is None else account["email"]
            presented = await presented_invitation(transaction, digest, email, now)
            await join_as_invited(transaction, presented, account_id, now)
        return presented.team_id

    async def set_role(self, admin: Person, account_id: AccountId, role: Role) -> None:
        """Give a member another role.

        Raises:
            NotKnownError: if the team has no such member.
            ConflictError: if no admin would be left.
        """
        async with self._database.transaction(Scope(team_id=admin.team_id)) as transaction:
            await _keep_an_admin(transaction, admin.team_id, account_id, role)
            row = {"team_id": admin.team_id, "account_id": account_id, "role": role}
            await transaction.change("teams.set_role", row)
            words = (admin.name, "member.role_set", f"account {account_id}")
            await audit.append(transaction, admin.team_id, self._clock.now(), words, {"role": role})

    async def remove(self, admin: Person, account_id: AccountId) -> None:
        """Take a member out of the team; invitations that they have not used count no more.

        Raises:
            NotKnownError: if the team has no such member.
            ConflictError: if no admin would be left.
        """
        async with self._database.transaction(Scope(team_id=admin.team_id)) as transaction:
            await _keep_an_admin(transaction, admin.team_id, account_id, None)
            now = self._clock.now()
            row = {"team_id": admin.team_id, "account_id": account_id}
            # First: the address of somebody else is seen only while they are in the team.
            await transaction.change("teams.void_invitations", {**row, "now": now})
            await transaction.change("teams.remove_member", row)
            words = (admin.name, "member.removed", f"account {account_id}")
            await audit.append(transaction, admin.team_id, now, words, {})


async def found_team(transaction: Transaction, team_id: TeamId, name: str, now: datetime, actor: str) -> None:
    """Store a team in a transaction whose team it is."""
    await transaction.change("teams.insert", {"team_id": team_id, "name": name, "created_at": now})
    await audit.append(transaction, team_id, now, (actor, "team.made", f"team {team_id}"), {"name": name})


async def join(
    transaction: Transaction, team_id: TeamId, account_id: AccountId, role: Role, now: datetime
) -> None:
    """Make somebody a member, in a transaction of that team.

    Raises:
        ConflictError: if the person is a member already.
    """
    row = {"team_id": team_id, "account_id": account_id, "role": role, "joined_at": now}
    if not await transaction.change("teams.add_member", row):
        raise ConflictError("This account is a member of the team already.")
    words = (f"account {account_id}", "member.joined", f"account {account_id}")
    await audit.append(transaction, team_id, now, words, {"role": role})


async def presented_invitation(
    transaction: Transaction, token_hash: bytes | None, email: str | None, now: datetime
) -> PresentedInvitation:
    """Return the invitation whose token a transaction has in its scope.

    Raises:
        NotKnownError: if it does not count, or is for another address than ``email``.
    """
    asked = {"token_hash": token_hash, "now": now}
    row = await transaction.row("teams.presented_invitation", asked)
    if row is None or token_hash is None or row["email"] != email:
        raise NotKnownError("This invitation was used, has expired, or is for another address.")
    return PresentedInvitation(TeamId(row["team_id"]), Role(row["role"]), token_hash)


async def join_as_invited(
    transaction: Transaction, presented: PresentedInvitation, account_id: AccountId, now: datetime
) -> None:
    """Use an invitation up, and make somebody a member; the transaction enters that team.

    Raises:
        NotKnownError: if somebody used or withdrew it meanwhile.
        ConflictError: if the person is a member already.
    """
    team_id = presented.team_id
    await transaction.enter(Scope(team_id=team_id, account_id=account_id))
    asked = {"team_id": team_id, "token_hash": presented.token_hash, "now": now}
    if not await transaction.change("teams.use_invitation", asked):
        raise NotKnownError("This invitation was used.")
    await join(transaction, team_id, account_id, presented.role, now)


async def memberships(transaction: Transaction, account_id: AccountId) -> list[Membership]:
    """Return the teams of the transaction's person, the first joined first."""
    rows = await transaction.rows("teams.of_account", {"account_id": account_id})
    return [
        Membership(
            team_id=row["team_id"], name=row["name"], role=Role(row["role"]), joined_at=row["joined_at"]
        )
        for row in rows
    ]


async def _keep_an_admin(
    transaction: Transaction, team_id: TeamId, account_id: AccountId, role: Role | None
) -> None:
    """Refuse a change after which the team would have no admin; locks its members."""
    rows = await transaction.rows("teams.roles_for_update", {"team_id": team_id})
    roles: dict[AccountId, Role | None] = {row["account_id"]: Role(row["role"]) for row in rows}
    if account_id not in roles:
        raise NotKnownError(f"The team has no member {account_id}.")
    roles[account_id] = role
    if Role.ADMIN not in roles.values():
        raise ConflictError("The team would have no admin; make another member admin first.")
