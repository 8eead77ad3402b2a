"""Credentials that remember what they gave, so that it can be taken out of every text."""

from __future__ import annotations

import re
import traceback
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from framework.credentials.base import is_tellable
from framework.credentials.memory import MemoryCredentials
from framework.credentials.written_forms import written_forms
from framework.errors import FrameworkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.credentials.base import Credentials


_NO_SECRETS = frozenset(
    {"HOME", "HOSTNAME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER"}
)


def _is_secret(name: str, value: str) -> bool:
    return is_tellable(value) and name not in _NO_SECRETS


class TrackedCredentials:
    """Gives the credentials of another source, and replaces in texts what it has given.

    A run has one: its tools get their credentials here, and what they return,
    raise and print passes through ``redacted`` before anything keeps it. Until
    the first credential is given that costs one comparison.
    """

    __slots__ = ("_forms", "_given", "_lock", "_pattern", "_source")

    def __init__(self, source: Credentials | None = None) -> None:
        """Give what ``source`` has; without one there are no credentials."""
        self._source = source or MemoryCredentials()
        self._lock = Lock()
        self._given: dict[str, set[str]] = {}
        self._forms: Mapping[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    @property
    def has_given(self) -> bool:
        """Whether any credential was given so far."""
        return self._pattern is not None

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
        pattern, forms = self._pattern, self._forms
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

    def loggable(self, error: BaseException) -> BaseException:
        """Return ``error``, or another whose message is its whole traceback without the values."""
        if not self.has_given:
            return error
        told = "".join(traceback.format_exception(error))
        redacted = self.redacted(told)
        return error if redacted == told else FrameworkError(redacted)

    def remember(self, name: str, value: str) -> None:
        """Take ``value`` out of texts from now on, though another gave it; one that is no secret is left."""
        if value in self._given.get(name, ()) or not _is_secret(name, value):
            return
        with self._lock:
            forms = dict(self._forms)
            for form in written_forms(value):
                forms.setdefault(form, f"[credential {name}]")
            self._given.setdefault(name, set()).add(value)
            self._forms = forms
            longest_first = sorted(forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))


NO_CREDENTIALS = TrackedCredentials()
"""Has none, and so takes nothing out of any text."""


def tracked(source: Credentials | None) -> TrackedCredentials:
    """Return ``source`` with its memory of what it gave; the same one if it has that already."""
    if source is None:
        return NO_CREDENTIALS
    return source if isinstance(source, TrackedCredentials) else TrackedCredentials(source)
