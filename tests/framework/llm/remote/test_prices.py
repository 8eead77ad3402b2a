"""The installed list of prices decides what an answer costs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic_ai.usage import RequestUsage

from framework.llm import LiteLLMProvider, ModelRequest, collect
from framework.llm.remote.prices import cost_usd
from framework.llm.remote.vendors import OLLAMA, OPENAI, VENDORS, Vendor
from framework.model.message import Message, Role
from tests.support.model_protocols import OpenAI, Said, whole
from tests.support.model_service import serving

MILLION = RequestUsage(input_tokens=1_000_000, output_tokens=1_000_000)


@pytest.mark.parametrize(
    ("vendor", "model", "cost"),
    [(OPENAI, "gpt-4o-mini", "0.75"), (VENDORS["anthropic"], "claude-3-5-haiku-20241022", "4.8")],
)
def test_a_known_model_has_its_price(vendor: Vendor, model: str, cost: str) -> None:
    assert cost_usd(MILLION, model=model, vendor=vendor, address=vendor.address) == Decimal(cost)


def test_cached_tokens_cost_less() -> None:
    cached = RequestUsage(input_tokens=1_000_000, cache_read_tokens=1_000_000)

    assert cost_usd(cached, model="gpt-4o-mini", vendor=OPENAI, address=OPENAI.address) == Decimal("0.075")


@pytest.mark.parametrize("vendor", [OPENAI, OLLAMA])
def test_an_unknown_model_has_none(vendor: Vendor) -> None:
    assert cost_usd(MILLION, model="home-made", vendor=vendor, address="http://127.0.0.1/v1") is None


async def test_a_vendors_model_behind_a_proxy_has_the_vendors_price() -> None:
    async with serving() as service:
        service.answer = whole(OpenAI(), Said(text=("x",), read=1_000_000, model="gpt-4o-mini-2024-07-18"))
        request = ModelRequest(messages=[Message(Role.USER, "hello")])

        response = await collect(LiteLLMProvider("openai/gpt-4o-mini", "k", service.base), request)

    assert response.cost_usd == Decimal("0.15")
