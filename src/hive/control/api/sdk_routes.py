"""What SDKs ask and send. They take 200 alone for success, so every good answer here is one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from hive.control.api.parts import PartsOf
from hive.control.api.refusals import refusals
from hive.control.api.sdk_bodies import INSTANCE, described, listed
from hive.control.auth.gate import Gate, people_only
from hive.control.auth.known_programs import ProgramGate
from hive.control.domain.policy import DEFAULT
from hive.control.domain.principal import Principal, Program
from hive.control.domain.roles import KeyScope, Role
from hive.protocol import BudgetAnswer, BudgetQuestion, IngestAnswer, PolicyDocument, StoredAnswer
from hive.protocol.budget import ModelPrice, PriceList
from hive.protocol.policy import PolicyWish

router = APIRouter(tags=["sdk"], responses=refusals(401, 403, 422, 503))
Sender = Annotated[Principal, Depends(ProgramGate(KeyScope.INGEST))]
Reader = Annotated[Principal, Depends(Gate(role=Role.VIEWER, scope=KeyScope.POLICY))]
Admin = Annotated[Principal, Depends(Gate(role=Role.ADMIN))]
PolicyId = Annotated[str | None, Query(max_length=256, pattern=r"^[^\x00]*$", examples=[DEFAULT])]
PolicyHeader = Annotated[str | None, Header(alias="X-Policy-ID", max_length=256, examples=[DEFAULT])]
Instance = Annotated[str | None, Header(alias="X-SDK-Instance-ID", max_length=256, examples=[INSTANCE])]
Version = Annotated[str | None, Header(alias="If-Match", max_length=64, examples=["*"])]

_NO_INSTANCE = "unknown"
_LATEST_UNIX_S = 4e9


@router.post("/v1/control/events", openapi_extra=described("events"), responses=refusals(413))
async def take_events(request: Request, sender: Sender, parts: PartsOf) -> IngestAnswer:
    """Store events, each judged alone: what is refused is listed, and put aside for inspection."""
    events, _ = await listed(request, "events")
    return await parts.ingest.take(sender.team_id, events)


@router.post("/v1/metrics", openapi_extra=described("metrics"), responses=refusals(413))
async def take_metrics(
    request: Request, sender: Sender, parts: PartsOf, instance: Instance = None
) -> IngestAnswer:
    """Store metrics of the stand-alone transport of SDKs."""
    metrics, body = await listed(request, "metrics")
    sent_at = _sent_at(body.get("timestamp"), parts.clock.now())
    events = [_event(metric, instance or _NO_INSTANCE, sent_at) for metric in metrics]
    return await parts.ingest.take(sender.team_id, events)


@router.post("/v1/control/content", openapi_extra=described("items"), responses=refusals(409, 413))
async def take_content(request: Request, sender: Sender, parts: PartsOf) -> StoredAnswer:
    """Store content under the SHA-256 that it really has."""
    items, _ = await listed(request, "items")
    return await parts.content.take(sender.team_id, items)


@router.get("/v1/control/policy", response_model_exclude_none=True, responses=refusals(404))
async def read_policy(
    reader: Reader,
    parts: PartsOf,
    response: Response,
    policy_id: PolicyId = None,
    policy_header: PolicyHeader = None,
) -> PolicyDocument:
    """Read the policy of the team; programs get it in the shape that lets them ask in time."""
    wanted = policy_id or policy_header or DEFAULT
    is_for_sdk = isinstance(reader, Program)
    document = await parts.policies.document(reader.team_id, wanted, is_for_sdk=is_for_sdk)
    response.headers["ETag"] = f'"{document.version}"'
    return document


@router.patch("/v1/control/policy", response_model_exclude_none=True, responses=refusals(409))
async def change_policy(
    body: PolicyWish, admin: Admin, parts: PartsOf, version: Version = None
) -> PolicyDocument:
    """Change what is named of the policy, while agents run; ``If-Match`` refuses an outdated change."""
    person = people_only(admin)
    known = None if version in {None, "*"} else str(version).removeprefix("W/").strip('"')
    await parts.policies.change(person.team_id, body, known, person.name)
    return await parts.policies.document(person.team_id, is_for_sdk=False)


@router.post("/v1/control/budget/validate")
async def validate_budget(
    body: BudgetQuestion, reader: Reader, parts: PartsOf, instance: Instance = None
) -> BudgetAnswer:
    """Say what becomes of a model call, before it is made."""
    return await parts.policies.validate(reader.team_id, body, instance)


@router.get("/tsdb/pricing")
async def read_prices(reader: Reader, parts: PartsOf) -> PriceList:
    """List prices in US dollars for a million tokens, the longest name first."""
    del reader
    listed_prices = parts.ingest.prices().listed()
    pricing = {
        name: ModelPrice(
            input=float(price.input), output=float(price.output), cached_input=float(price.cached_input)
        )
        for name, price in listed_prices
    }
    return PriceList(pricing=pricing)


def _event(metric: object, instance: str, sent_at: str) -> dict[str, Any]:
    """Return the event that a bare metric stands for."""
    own: Any = metric.get("timestamp") if isinstance(metric, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  (checked when it is judged)
    return {
        "event_type": "metric",
        "timestamp": own or sent_at,
        "sdk_instance_id": instance,
        "data": metric,
    }


def _sent_at(said: object, now: datetime) -> str:
    """Return when a batch was sent: SDKs say it in seconds, or in milliseconds."""
    if isinstance(said, int | float) and said > 0:
        seconds = said / 1000 if said > _LATEST_UNIX_S else said
        if seconds <= _LATEST_UNIX_S:
            return datetime.fromtimestamp(seconds, UTC).isoformat()
    return now.isoformat()
