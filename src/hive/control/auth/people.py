"""How people get in: the first link, registering, signing in, refreshing, signing out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hive.control.auth.tokens import LIFE, Claims
from hive.control.domain.ids import (
    INSTALLATION,
    AccountId,
    SessionId,
    TeamId,
    new_account_id,
    new_session_id,
    new_team_id,
)
from hive.control.domain.principal import Person
from hive.control.domain.roles import Role
from hive.control.domain.secret_tokens import new_refresh_token, read_once_token, read_refresh_token
from hive.control.services.teams import (
    Membership,
    found_team,
    join,
    join_as_invited,
    memberships,
    presented_invitation,
)
from hive.control.stores import audit
from hive.control.stores.scope import Scope
from hive.errors import ConflictError, NotAllowedError, NotKnownError, NotSignedInError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.rows import DictRow

    from framework.clock import Clock
    from hive.control.auth.passwords import Passwords
    from hive.control.auth.tokens import AccessTokens
    from hive.control.stores.database import Database, Transaction

SESSION_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Somebody who wants an account."""

    email: str
    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What somebody who signed in gets.

    Attributes:
        access_token: for requests, ten minutes long.
        refresh_token: for the next pair, once.
        expires_in_s: seconds until the access token ends.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int
    team_id: TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account and teams."""

    account_id: AccountId
    email: str
    name: str
    created_at: datetime
    teams: tuple[Membership, ...]


class People:
    """The accounts and sessions of people."""

    def __init__(self, database: Database, passwords: Passwords, tokens: AccessTokens, clock: Clock) -> None:
        """Keep them in ``database``."""
        self._database = database
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock

    async def register(self, person: NewPerson, team_name: str) -> Session:
        """Make an account with a team of its own.

        Raises:
            ConflictError: if the address has an account.
            RefusedInputError: if the password is too short.
        """
        hashed = await self._passwords.hash(person.password)
        account_id = new_account_id()
        async with self._database.transaction(Scope(account_id=account_id)) as transaction:
            await self._store(transaction, account_id, person, hashed)
            team_id = await self._found_own(transaction, account_id, team_name)
        return await self._open_session(account_id, team_id)

    async def register_invited(self, person: NewPerson, token: str, team_name: str | None = None) -> Session:
        """Make an account in the team of an invitation, and a team of its own if that has a name.

        Raises:
            NotKnownError: if the invitation does not count, or is for another address.
            ConflictError: if the address has an account; the invitation still counts.
            RefusedInputError: if the password is too short.
        """
        hashed = await self._passwords.hash(person.password)
        account_id, digest, now = new_account_id(), read_once_token(token), self._clock.now()
        presenting = Scope(account_id=account_id, token_hash=digest)
        async with self._database.transaction(presenting) as transaction:
            # First: who holds no invitation learns of no account.
            presented = await presented_invitation(transaction, digest, person.email, now)
            await self._store(transaction, account_id, person, hashed)
            await join_as_invited(transaction, presented, account_id, now)
            if team_name is not None:
                await self._found_own(transaction, account_id, team_name)
        return await self._open_session(account_id, presented.team_id)

    async def enter_first(self, link_token: str, person: NewPerson) -> Session:
        """Make the first account, admin of the team that was there from the start.

        Raises:
            NotKnownError: if the link was used, has expired or never was.
            ConflictError: if the address has an account; the link still counts.
            RefusedInputError: if the password is too short; the link still counts.
        """
        digest = read_once_token(link_token)
        hashed = await self._passwords.hash(person.password)
        account_id, now = new_account_id(), self._clock.now()
        async with self._database.transaction() as transaction:
            row = await transaction.row("installation.use_link", {"link_hash": digest, "now": now})
            if row is None:
                raise NotKnownError("This link was used or has expired; `hive up` prints another.")
            team_id = TeamId(row["first_team"])
            await transaction.enter(Scope(account_id=account_id, team_id=team_id))
            await self._store(transaction, account_id, person, hashed)
            await join(transaction, team_id, account_id, Role.ADMIN, now)
        return await self._open_session(account_id, team_id)

    async def sign_in(self, email: str, password: str, team_id: TeamId | None = None) -> Session:
        """Open a session in a team of the person's, the first joined unless one is named.

        Raises:
            NotSignedInError: if the address or the password is wrong.
            NotAllowedError: if the person is in no team, or not in that one.
        """
        async with self._database.transaction(Scope(email=email)) as transaction:
            found = await transaction.row("accounts.by_email", {"email": email})
            # Whether the address is known or not, the same is asked: the time tells nothing.
            sought = new_account_id() if found is None else AccountId(found["account_id"])
            await transaction.enter(Scope(account_id=sought))
            row = await transaction.row("accounts.password", {"account_id": sought})
        if (
            not await self._passwords.is_right(password, None if row is None else row["hash"])
            or found is None
        ):
            await self._tell_of_failure(email)
            raise NotSignedInError("The e-mail address or the password is wrong.")
        account_id = AccountId(found["account_id"])
        return await self._open_session(account_id, await self._team_of(account_id, team_id))

    async def refresh(self, refresh_token: str, team_id: TeamId | None = None) -> Session:
        """Return the next pair of tokens, in the team that is open or another that is named.

        A token that was used already was stolen, by whoever came first or now:
        its session ends.

        Raises:
            NotSignedInError: if the token does not count.
            NotAllowedError: if the person is not in that team.
        """
        presented = read_refresh_token(refresh_token)
        if presented is None:
            raise NotSignedInError("This is no refresh token; sign in again.")
        session_id, digest = presented
        now = self._clock.now()
        asked = {"session_id": session_id, "token_hash": digest, "now": now}
        token = new_refresh_token(session_id)
        async with self._database.transaction(Scope(session_id=session_id)) as transaction:
            session = await transaction.row("sessions.live", asked)
            if session is not None and await transaction.change("sessions.use_token", asked):
                row = {"session_id": session_id, "token_hash": token.digest, "issued_at": now}
                await transaction.change("sessions.insert_token", row)
                # Where the team is refused, the token presented was not used.
                claims = await self._carried_on(transaction, session_id, session, team_id)
                return self._session(claims, token.text)
            if session is not None:
                await self._end_if_reused(transaction, session_id, digest, session["account_id"])
        raise NotSignedInError("The session has ended; sign in again.")

    async def sign_out(self, person: Person) -> None:
        """End the session; its tokens count no more."""
        now = self._clock.now()
        asked = {"session_id": person.session_id, "now": now, "reason": "logout"}
        scope = Scope(session_id=person.session_id, team_id=person.team_id)
        async with self._database.transaction(scope) as transaction:
            if await transaction.change("sessions.end", asked):
                words = (person.name, "session.closed", person.name)
                await audit.append(transaction, person.team_id, now, words, {})

    async def change_password(self, person: Person, old: str, new: str) -> None:
        """Take a new password, and end the person's other sessions.

        Raises:
            NotSignedInError: if the old one is wrong.
            RefusedInputError: if the new one is too short.
        """
        scope = Scope(account_id=person.account_id, team_id=person.team_id)
        async with self._database.transaction(scope) as transaction:
            stored = await transaction.row("accounts.password", {"account_id": person.account_id})
        if not await self._passwords.is_right(old, None if stored is None else stored["hash"]):
            raise NotSignedInError("The old password is wrong.")
        hashed, now = await self._passwords.hash(new), self._clock.now()
        row = {"account_id": person.account_id, "hash": hashed, "changed_at": now}
        ended = {
            "account_id": person.account_id,
            "session_id": person.session_id,
            "now": now,
            "reason": "password",
        }
        async with self._database.transaction(scope) as transaction:
            await transaction.change("accounts.set_password", row)
            await transaction.change("sessions.end_others", ended)
            words = (person.name, "password.changed", person.name)
            await audit.append(transaction, person.team_id, now, words, {})

    async def account(self, account_id: AccountId) -> Account:
        """Return a person's account.

        Raises:
            NotKnownError: if it is gone.
        """
        async with self._database.transaction(Scope(account_id=account_id)) as transaction:
            row = await transaction.row("accounts.by_id", {"account_id": account_id})
            teams = await memberships(transaction, account_id)
        if row is None:
            raise NotKnownError("This account is gone.")
        return Account(**row, teams=tuple(teams))

    async def recognise(self, access_token: str) -> Person:
        """Return who holds an access token, with the role that counts now.

        Raises:
            NotSignedInError: if it does not count, or its session has ended.
        """
        claims = self._tokens.read(access_token)
        asked = {
            "session_id": claims.session_id,
            "account_id": claims.account_id,
            "team_id": claims.team_id,
            "now": self._clock.now(),
        }
        async with self._database.transaction(Scope(account_id=claims.account_id)) as transaction:
            row = await transaction.row("sessions.standing", asked)
        if row is None:
            raise NotSignedInError("The session has ended, or the team is left; sign in again.")
        return Person(
            account_id=claims.account_id,
            session_id=claims.session_id,
            team_id=claims.team_id,
            role=Role(row["role"]),
            expires_at=claims.expires_at,
        )

    async def _store(
        self, transaction: Transaction, account_id: AccountId, person: NewPerson, hashed: str
    ) -> None:
        now = self._clock.now()
        row = {"account_id": account_id, "email": person.email, "name": person.name, "created_at": now}
        if not await transaction.change("accounts.insert", row):
            raise ConflictError("This e-mail address has an account; sign in.")
        password = {"account_id": account_id, "hash": hashed, "changed_at": now}
        await transaction.change("accounts.set_password", password)

    async def _found_own(self, transaction: Transaction, account_id: AccountId, name: str) -> TeamId:
        team_id, now = new_team_id(), self._clock.now()
        await transaction.enter(Scope(account_id=account_id, team_id=team_id))
        await found_team(transaction, team_id, name, now, f"account {account_id}")
        await join(transaction, team_id, account_id, Role.ADMIN, now)
        return team_id

    async def _team_of(self, account_id: AccountId, wanted: TeamId | None) -> TeamId:
        async with self._database.transaction(Scope(account_id=account_id)) as transaction:
            return _chosen(await memberships(transaction, account_id), wanted)

    async def _open_session(self, account_id: AccountId, team_id: TeamId) -> Session:
        session_id, now = new_session_id(), self._clock.now()
        token = new_refresh_token(session_id)
        session = {
            "session_id": session_id,
            "account_id": account_id,
            "team_id": team_id,
            "created_at": now,
            "expires_at": now + SESSION_LIFE,
        }
        scope = Scope(account_id=account_id, session_id=session_id, team_id=team_id)
        async with self._database.transaction(scope) as transaction:
            await transaction.change("sessions.insert", session)
            row = {"session_id": session_id, "token_hash": token.digest, "issued_at": now}
            await transaction.change("sessions.insert_token", row)
            words = (f"account {account_id}", "session.opened", f"account {account_id}")
            await audit.append(transaction, team_id, now, words, {})
        return self._session(
            Claims(account_id=account_id, session_id=session_id, team_id=team_id), token.text
        )

    async def _carried_on(
        self, transaction: Transaction, session_id: SessionId, session: DictRow, wanted: TeamId | None
    ) -> Claims:
        """Stay in the open team of a session, or open the one that is wanted."""
        account_id, open_team = AccountId(session["account_id"]), TeamId(session["open_team"])
        await transaction.enter(Scope(account_id=account_id, session_id=session_id))
        team_id = _chosen(await memberships(transaction, account_id), wanted or open_team)
        if team_id != open_team:
            await transaction.change("sessions.open_team", {"session_id": session_id, "team_id": team_id})
            await transaction.enter(Scope(account_id=account_id, session_id=session_id, team_id=team_id))
            words = (f"account {account_id}", "session.opened", f"account {account_id}")
            await audit.append(transaction, team_id, self._clock.now(), words, {})
        return Claims(account_id=account_id, session_id=session_id, team_id=team_id)

    def _session(self, claims: Claims, refresh_token: str) -> Session:
        return Session(
            access_token=self._tokens.sign(claims),
            refresh_token=refresh_token,
            expires_in_s=int(LIFE.total_seconds()),
            team_id=claims.team_id,
        )

    async def _end_if_reused(
        self, transaction: Transaction, session_id: SessionId, digest: bytes, account_id: AccountId
    ) -> None:
        asked = {"session_id": session_id, "token_hash": digest}
        known = await transaction.row("sessions.knows_token", asked)
        if not (known and known["is_known"]):
            return
        now = self._clock.now()
        await transaction.change("sessions.end", {"session_id": session_id, "now": now, "reason": "reuse"})
        await transaction.enter(Scope(team_id=INSTALLATION))
        words = ("nobody", "session.reused", f"account {account_id}")
        await audit.append(transaction, INSTALLATION, now, words, {"session": str(session_id)})

    async def _tell_of_failure(self, email: str) -> None:
        async with self._database.transaction(Scope(team_id=INSTALLATION)) as transaction:
            words = ("nobody", "session.refused", email)
            await audit.append(transaction, INSTALLATION, self._clock.now(), words, {})


def _chosen(teams: Sequence[Membership], wanted: TeamId | None) -> TeamId:
    """Return the team that is wanted, or the first joined."""
    known = [each.team_id for each in teams]
    if wanted is not None and wanted not in known:
        raise NotAllowedError("The account is no member of that team.")
    if not known:
        raise NotAllowedError("The account is in no team; ask an admin for an invitation.")
    return wanted or known[0]
