"""Which model takes the place of a dearer one of the same provider. Pure.

Prices alone do not say what a model can do: the cheapest of a provider may embed texts, or be gone next
month. So the model that takes the place is a known one, and the price list says whether it costs less.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hive.control.domain.prices import PriceTable

_STAND_INS = (
    (r"gpt-|chatgpt-|o[134](-|$)", "gpt-4o-mini"),
    (r"claude-", "claude-3-haiku"),
    (r"gemini-", "gemini-2.5-flash-lite"),
    (r"(mistral|magistral|codestral|devstral|pixtral|open-mi)", "mistral-small-latest"),
    (r"deepseek-", "deepseek-v4-flash"),
    (r"grok-", "grok-3-mini"),
    (r"command-", "command-r"),
    (r"sonar-", "sonar"),
    (r"glm-", "glm-5.3-flash"),
    (r"llama", "llama-3.1-8b-instant"),
    (r"([a-z-]+\.)?anthropic\.claude-", "anthropic.claude-3-haiku-20240307-v1:0"),
    (r"([a-z-]+\.)?amazon\.nova-", "amazon.nova-micro-v1:0"),
)
"""How names begin, and the small model for plain text of whoever names models so."""

_NOT_PLAIN_TEXT = re.compile(
    r"audio|embed|guard|image|live|moderation|ocr|omni|realtime|robotics|search|transcribe|tts|voice"
)
_ARN = "arn:"


def cheaper_than(provider: str, model: str, prices: PriceTable) -> str | None:
    """Return a model that costs less than ``model``, for what is read and for what is written.

    What stands before the name, as ``openai/`` does, stays. None is given for models whose price nobody
    lists, and for those that do other things than to answer with a text.
    """
    path, slash, name = model.rpartition("/")
    found = next((small for begins, small in _STAND_INS if re.match(begins, name.lower())), None)
    if found is None or path.startswith(_ARN) or _NOT_PLAIN_TEXT.search(name.lower()):
        return None
    asked, small = prices.find(provider, model), prices.find(provider, found)
    if asked is None or small is None:
        return None
    costs_less = small.base.input < asked.base.input and small.base.output < asked.base.output
    return f"{path}{slash}{found}" if costs_less else None
