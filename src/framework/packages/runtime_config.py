"""How the model of an agent is reached: what its ``config.py`` says, or the settings of this machine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from framework.llm.resolve import default_model
from framework.settings import load_settings

if TYPE_CHECKING:
    from framework.settings import Settings

TEMPERATURE = 0.7
MAX_TOKENS = 4096


def _configured_model() -> str:
    return default_model(load_settings())


def _configured_temperature() -> float:
    return _or_default(load_settings().temperature, TEMPERATURE)


def _configured_max_tokens() -> int:
    return load_settings().max_tokens or MAX_TOKENS


def _or_default(value: float | None, default: float) -> float:
    return default if value is None else value


def _configured_key() -> str | None:
    return load_settings().api_key


def _configured_address() -> str | None:
    return load_settings().api_base


# The order of the fields is public contract, so they may be given by position.
@dataclass(frozen=True, slots=True)
class RuntimeConfig:
    """The model of an agent and how it answers; what is not given comes from the settings.

    Attributes:
        model: the model of nodes that name none.
        temperature: sent with every request.
        max_tokens: tokens of one answer.
        api_key: the key of the model's service; never shown.
        api_base: address of an OpenAI-compatible service.
    """

    model: str = field(default_factory=_configured_model)
    temperature: float = field(default_factory=_configured_temperature)
    max_tokens: int = field(default_factory=_configured_max_tokens)
    api_key: str | None = field(default_factory=_configured_key, repr=False)
    api_base: str | None = field(default_factory=_configured_address)

    @classmethod
    def of(cls, settings: Settings) -> RuntimeConfig:
        """Return what ``settings`` say."""
        return cls(
            model=default_model(settings),
            temperature=_or_default(settings.temperature, TEMPERATURE),
            max_tokens=settings.max_tokens or MAX_TOKENS,
            api_key=settings.api_key,
            api_base=settings.api_base,
        )

    def applied_to(self, settings: Settings) -> Settings:
        """Return ``settings`` with the service of this configuration.

        A key of the settings never goes to an address that only the package names.
        """
        api_base = self.api_base or settings.api_base
        key = self.api_key or settings.api_key
        if api_base != settings.api_base and key == settings.api_key:
            key = None
        return replace(settings, api_key=key, api_base=api_base)
