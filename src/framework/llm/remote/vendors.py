"""The services that model names may begin with, and what each of them needs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from framework.errors import MissingCredentialError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    FindKey = Callable[[str], str | None]

_EVERY_VENDORS_LIBRARY = "pydantic_ai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A service by the prefix of its models' names.

    Attributes:
        service: the module of ``services`` that speaks to it.
        library: what must be installed for that.
        address: where it is, unless another address is given.
        variables: names under which its key may be found; empty when it needs none.
        default_model: the model of runs that name none, when its key is the one at hand.
        prices: under which name its prices are listed.
    """

    prefix: str
    service: str
    library: str
    address: str
    variables: tuple[str, ...] = ()
    default_model: str = ""
    prices: str = ""


OPENAI = Vendor(
    prefix="openai",
    service="openai",
    library="openai",
    address="https://api.openai.com/v1",
    variables=("OPENAI_API_KEY",),
    default_model="openai/gpt-4o-mini",
    prices="openai",
)
OLLAMA = Vendor(prefix="ollama", service="openai", library="openai", address="http://localhost:11434/v1")
_GEMINI = Vendor(
    prefix="gemini",
    service="gemini",
    library="google.genai",
    address="https://generativelanguage.googleapis.com",
    variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    default_model="gemini/gemini-3.5-flash-lite",
    prices="google",
)
VENDORS: dict[str, Vendor] = {
    "openai": OPENAI,
    "anthropic": Vendor(
        prefix="anthropic",
        service="anthropic",
        library="anthropic",
        address="https://api.anthropic.com",
        variables=("ANTHROPIC_API_KEY",),
        default_model="anthropic/claude-haiku-4-5",
        prices="anthropic",
    ),
    "gemini": _GEMINI,
    "google": _GEMINI,
    "groq": Vendor(
        prefix="groq",
        service="groq",
        library="groq",
        address="https://api.groq.com",
        variables=("GROQ_API_KEY",),
        default_model="groq/openai/gpt-oss-20b",
        prices="groq",
    ),
    "mistral": Vendor(
        prefix="mistral",
        service="mistral",
        library="mistralai",
        address="https://api.mistral.ai",
        variables=("MISTRAL_API_KEY",),
        default_model="mistral/mistral-small-latest",
        prices="mistral",
    ),
    "ollama": OLLAMA,
}

KNOWN_FORMS = "local/NAME, local/PATH.gguf, " + ", ".join(f"{prefix}/NAME" for prefix in VENDORS)


def split_name(model: str) -> tuple[Vendor | None, str]:
    """Return the vendor that the name begins with, if it does, and the rest of the name."""
    prefix, slash, rest = model.partition("/")
    if slash and rest and prefix in VENDORS:
        return VENDORS[prefix], rest
    return None, model


def key_of(vendor: Vendor, find_key: FindKey) -> str | None:
    """Return the vendor's key under the first of its names that has one."""
    return next((key for name in vendor.variables if (key := (find_key(name) or "").strip())), None)


def vendor_with_key(find_key: FindKey) -> Vendor | None:
    """Return the first vendor whose key is at hand."""
    return next((vendor for vendor in VENDORS.values() if key_of(vendor, find_key)), None)


def how_to_give_a_key(vendor: Vendor) -> str:
    """Return the part of a sentence that says how the vendor's key is given."""
    names = ["HIVE_API_KEY", *vendor.variables]
    command = f", or run: hive credentials set {vendor.variables[0]}" if vendor.variables else ""
    return f"set {_either(names)}{command}"


def checked_key(key: str | None) -> str:
    """Return the key without white space around it; an empty text when there is none.

    Raises:
        MissingCredentialError: if no service could be sent such a key.
    """
    bare = (key or "").strip()
    if not (bare.isascii() and bare.isprintable()):
        raise MissingCredentialError("The API key holds characters that no key has; copy it again.")
    return bare


def require_library(vendor: Vendor) -> None:
    """Check that what speaks to ``vendor`` is installed, without loading it.

    Raises:
        ProviderError: if it is not; the message says what to install.
    """
    if not all(map(_is_installed, (_EVERY_VENDORS_LIBRARY, vendor.library))):
        raise ProviderError(
            f"Models named {vendor.prefix}/NAME need the extra 'providers': "
            "pip install 'hive-agents[providers]'"
        )


def _is_installed(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:  # the package around it is missing
        return False


def _either(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
