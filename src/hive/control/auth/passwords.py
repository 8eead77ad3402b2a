"""Passwords, hashed by Argon2 in threads, a few at a time."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hive.errors import RefusedInputError

SHORTEST = 12
LONGEST = 1024

_AT_ONCE = 2
_MEMORY_KIB = 19 * 1024
_PASSES = 2


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self) -> None:
        """Take the parameters that the field advises: 19 MiB, two passes."""
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobodys = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """Return the hash of a new password.

        Raises:
            RefusedInputError: if it is too short or too long.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise RefusedInputError(f"A password has {SHORTEST} to {LONGEST} characters.")
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def is_right(self, password: str, stored: str | None) -> bool:
        """Whether ``password`` is the one stored; takes as long where none is."""
        async with self._turns:
            matches = await asyncio.to_thread(self._matches, password[:LONGEST], stored or self._nobodys)
        return matches and stored is not None

    def _matches(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
