"""Credentials that remember what they gave, so that it can be taken out of every text."""

from __future__ import annotations

import os
import re
import traceback
from contextlib import suppress
from contextvars import ContextVar, Token
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from framework.credentials.base import OpenCredentials, is_tellable
from framework.credentials.failure_text import without_secrets
from framework.credentials.known import variables_named_secret
from framework.credentials.memory import MemoryCredentials
from framework.credentials.written_forms import written_forms
from framework.errors import CredentialError, FrameworkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from framework.credentials.base import Credentials


_NO_SECRETS = frozenset(
    {"HOME", "HOSTNAME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER"}
)

_REDACTED = re.compile(rb"\[credential ([A-Z][A-Z0-9_]{0,127})\]")


def _is_secret(name: str, value: str) -> bool:
    return is_tellable(value) and name not in _NO_SECRETS


class _Given:
    """What a source has given so far, in every form in which it may be written."""

    __slots__ = ("forms", "lock", "pattern", "stored", "values")

    def __init__(self) -> None:
        self.lock = Lock()
        self.values: dict[str, set[str]] = {}
        self.forms: Mapping[str, str] = {}
        self.pattern: re.Pattern[str] | None = None
        self.stored: tuple[str, ...] | None = None


def _none() -> frozenset[str]:
    return frozenset()


class TrackedCredentials:
    """Gives the credentials of another source, and replaces in texts what it has given.

    A run has one: its tools get their credentials here, and what they return,
    raise and print passes through ``redacted`` before anything keeps it. Until
    the first credential is given that costs one comparison.
    """

    __slots__ = ("_given", "_named", "_source")

    def __init__(self, source: Credentials | None = None) -> None:
        """Give what ``source`` has; without one there are no credentials."""
        self._source = source or MemoryCredentials()
        self._given = _Given()
        self._named: Callable[[], frozenset[str]] = _none

    def of_run(self, named: Callable[[], frozenset[str]]) -> TrackedCredentials:
        """Return these credentials as one run has them, which share what they gave.

        Args:
            named: gives the texts of the run's data that are secret for the name they stand under. It
                is called for every text that tells of a failure, and from any thread.
        """
        credentials = TrackedCredentials(self._source)
        credentials._given = self._given
        credentials._named = named
        return credentials

    def as_if_all_given(self) -> TrackedCredentials:
        """Return these credentials as if they had given all that the source is known to have."""
        credentials = TrackedCredentials(self._source)
        credentials.remember_given_by(self)
        with suppress(CredentialError):  # What cannot be read was given to nobody.
            stored = self._source.opened() if isinstance(self._source, OpenCredentials) else {}
            for name, value in stored.items():
                credentials.remember(name, value)
        for name in variables_named_secret(os.environ):
            with suppress(CredentialError):
                credentials.get(name)
        return credentials

    @property
    def has_given(self) -> bool:
        """Whether any credential was given so far."""
        return self._given.pattern is not None

    def get(self, name: str) -> str | None:
        """Return the value of ``name`` and remember it; None if there is none.

        A value too short to be told from other text is not remembered, nor is a variable
        that every process has, such as ``HOME``: they are no secrets.

        Raises:
            CredentialError: if the name is malformed, or the source cannot be read.
        """
        value = self._source.get(name)
        if value is not None:
            self.remember(name, value)
        return value

    def redacted(self, text: str) -> str:
        """Return ``text`` with ``[credential NAME]`` in the place of every value given so far.

        The forms in which JSON, addresses, base64 and the like write a value count as the value.
        """
        pattern, forms = self._given.pattern, self._given.forms
        if pattern is None or not any(form in text for form in forms):
            return text
        return pattern.sub(lambda match: forms[match.group()], text)

    def redacted_bytes(self, content: bytes) -> bytes:
        """Return ``content`` without the values, as ``redacted`` does; it need not be text."""
        if not self.has_given:
            return content
        return self.redacted(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def redacted_data(self, data: Any) -> Any:
        """Return JSON data with every text in it as ``redacted`` gives it."""
        match data:
            case str():
                return self.redacted(data)
            case dict():
                items = cast("dict[str, Any]", data).items()
                return {self.redacted(key): self.redacted_data(value) for key, value in items}
            case list():
                return [self.redacted_data(item) for item in cast("list[Any]", data)]
            case _:
                return data

    def failure_text(self, text: str) -> str:
        """Return a text that tells of a failure without any secret, given or not.

        Besides what ``redacted`` replaces these are the values that the source keeps, those of the run's
        data that are named like a secret, and what ``without_secrets`` knows and recognises. It takes
        longer: it is not for data.
        """
        return without_secrets(self.redacted(text), self._named().union(self._kept()))

    def _kept(self) -> tuple[str, ...]:
        """Return the values of the source, which are read once."""
        given, source = self._given, self._source
        if given.stored is None:
            try:
                given.stored = tuple(source.opened().values()) if isinstance(source, OpenCredentials) else ()
            except CredentialError:
                given.stored = ()  # What cannot be read was given to nobody.
        return given.stored

    def loggable(self, error: BaseException) -> BaseException:
        """Return ``error``, or another whose message is its whole traceback without any secret."""
        told = "".join(traceback.format_exception(error))
        redacted = self.failure_text(told)
        return error if redacted == told else FrameworkError(redacted)

    def remember(self, name: str, value: str) -> None:
        """Take ``value`` out of texts from now on, though another gave it; one that is no secret is left."""
        given = self._given
        if value in given.values.get(name, ()) or not _is_secret(name, value):
            return
        with given.lock:
            forms = dict(given.forms)
            for form in written_forms(value):
                forms.setdefault(form, f"[credential {name}]")
            given.values.setdefault(name, set()).add(value)
            given.forms = forms
            longest_first = sorted(forms, key=len, reverse=True)
            given.pattern = re.compile("|".join(map(re.escape, longest_first)))

    def remember_given_by(self, other: TrackedCredentials) -> None:
        """Take what ``other`` has given so far out of texts from now on."""
        with other._given.lock:
            given = [(name, value) for name, values in other._given.values.items() for value in values]
        for name, value in given:
            self.remember(name, value)

    def remember_redacted(self, contents: Iterable[bytes]) -> None:
        """Remember the credentials in whose place ``contents`` have their names: another process gave them.

        Those whose names stand there for another reason are taken out of texts, too.
        """
        names = {name for content in contents for name in _REDACTED.findall(content)}
        for name in sorted(names):
            with suppress(CredentialError):  # What cannot be read cannot be looked for.
                self.get(name.decode())


NO_CREDENTIALS = TrackedCredentials()
"""Has none, and so takes nothing out of any text."""


def tracked(source: Credentials | None) -> TrackedCredentials:
    """Return ``source`` with its memory of what it gave; the same one if it has that already."""
    if source is None:
        return NO_CREDENTIALS
    return source if isinstance(source, TrackedCredentials) else TrackedCredentials(source)


_of_current_run: ContextVar[TrackedCredentials] = ContextVar(
    "framework_run_credentials", default=NO_CREDENTIALS
)


def current_credentials() -> TrackedCredentials:
    """Return the credentials of the run that is under way here; none outside a run."""
    return _of_current_run.get()


class _InRun:
    """Makes credentials the current ones inside a block."""

    __slots__ = ("_credentials", "_token")

    def __init__(self, credentials: TrackedCredentials) -> None:
        self._credentials = credentials

    def __enter__(self) -> None:
        self._token: Token[TrackedCredentials] = _of_current_run.set(self._credentials)

    def __exit__(self, *failure: object) -> None:
        _of_current_run.reset(self._token)


def in_run(credentials: TrackedCredentials) -> AbstractContextManager[None]:
    """Make ``credentials`` the current ones inside the block, which is a whole run."""
    return _InRun(credentials)
