"""A model that takes the place of another is known, of the same provider, and costs less as listed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from hive.control.domain.cheaper import _STAND_INS, cheaper_than
from hive.control.domain.prices import Price, PriceTable, Rates
from hive.control.services.price_list import installed_prices

PRICES = installed_prices(datetime(2026, 11, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("provider", "model", "cheaper"),
    [
        ("openai", "gpt-4o", "gpt-4o-mini"),
        ("openai", "gpt-4-turbo-2024-04-09", "gpt-4o-mini"),
        ("openai", "o3", "gpt-4o-mini"),
        ("openrouter", "openai/gpt-4o", "openai/gpt-4o-mini"),
        ("anthropic", "claude-3-opus-20240229", "claude-3-haiku"),
        ("gemini", "gemini-2.5-pro", "gemini-2.5-flash-lite"),
        ("mistral", "mistral-large-latest", "mistral-small-latest"),
        ("deepseek", "deepseek-reasoner", "deepseek-v4-flash"),
        ("x-ai", "grok-4", "grok-3-mini"),
        ("cohere", "command-r-plus", "command-r"),
        ("perplexity", "sonar-pro", "sonar"),
        ("zai", "glm-4.6", "glm-5.3-flash"),
        ("groq", "llama-3.3-70b-versatile", "llama-3.1-8b-instant"),
        ("bedrock", "us.anthropic.claude-opus-4-1-20250805-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("bedrock", "eu.amazon.nova-pro-v1:0", "amazon.nova-micro-v1:0"),
        # As cheap already, unlisted, or for something else than text.
        ("openai", "gpt-4o-mini", None),
        ("openai", "gpt-4.1-nano", None),
        ("openai", "gpt-99", None),
        ("openai", "gpt-4o-audio-preview", None),
        ("openai", "text-embedding-3-large", None),
        ("google", "gemini-2.5-flash-image", None),
        ("anthropic", "claude-haiku-5-5", None),
        (
            "bedrock",
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-opus-20240229-v1:0",
            None,
        ),
        ("somebody", "a-model", None),
        ("", "", None),
    ],
)
def test_the_cheaper_model_is_known_to_be_one(provider: str, model: str, cheaper: str | None) -> None:
    assert cheaper_than(provider, model, PRICES) == cheaper


def test_every_model_that_takes_a_place_is_listed() -> None:
    assert [name for _, name in _STAND_INS if PRICES.find("", name) is None] == []


@pytest.mark.parametrize(("rates", "is_cheaper"), [((2, 9), True), ((3, 1), False), ((2, 10), False)])
def test_a_model_is_cheaper_if_it_reads_and_writes_for_less(
    rates: tuple[int, int], *, is_cheaper: bool
) -> None:
    def price(read: int, written: int) -> Price:
        return Price(Rates(Decimal(read), Decimal(written), Decimal(read)))

    table = PriceTable({"openai": {"gpt-4o": price(3, 10), "gpt-4o-mini": price(*rates)}})
    assert (cheaper_than("openai", "gpt-4o", table) is not None) == is_cheaper
