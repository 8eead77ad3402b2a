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
from hive.errors import RefusedInputError
from hive.protocol import BudgetAnswer, BudgetQuestion, IngestAnswer, PolicyDocument, StoredAnswer
from hive.protocol.budget import ModelPrice, PriceList
from hive.protocol.forms import NO_NUL
from hive.protocol.policy import PolicyWish

router = APIRouter(tags=["sdk"], responses=refusals(401, 403, 422, 503))
Sender = Annotated[Principal, Depends(ProgramGate(KeyScope.INGEST))]
Reader = Annotated[Principal, Depends(ProgramGate(KeyScope.POLICY, role=Role.VIEWER))]
Admin = Annotated[Principal, Depends(Gate(role=Role.ADMIN))]
PolicyId = Annotated[str | None, Query(max_length=256, pattern=NO_NUL, examples=[DEFAULT])]
PolicyHeader = Annotated[str | None, Header(alias="X-Policy-ID", max_length=256, examples=[DEFAULT])]
Instance = Annotated[str | None, Header(alias="X-SDK-Instance-ID", max_length=256, examples=[INSTANCE])]
Version = Annotated[str | None, Header(alias="If-Match", max_length=1024, examples=["*"])]

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
    instance: Instance = None,
) -> PolicyDocument:
    """Read the policy of the team; programs get it in the shape that lets them ask in time."""
    wanted = policy_id or policy_header or DEFAULT
    if isinstance(reader, Program):
        parts.known_programs.require_database()
        reading = await parts.policies.reading(reader.team_id, wanted)
        await parts.policies.told(reader.team_id, reading, [instance or ""])
        document = reading.document
    else:
        document = await parts.policies.document(reader.team_id, wanted, is_for_sdk=False)
    response.headers["ETag"] = f'"{document.version}"'
    return document


@router.patch("/v1/control/policy", response_model_exclude_none=True, responses=refusals(409))
async def change_policy(
    body: PolicyWish, admin: Admin, parts: PartsOf, version: Version = None
) -> PolicyDocument:
    """Change what is named of the policy, while agents run; ``If-Match`` refuses an outdated change.

    What is left out stays, in the budget too. A budget of null is taken away; a new one needs its limit.
    """
    person = people_only(admin)
    await parts.policies.change(person.team_id, body, _versions(version), person.name)
    return await parts.policies.document(person.team_id, is_for_sdk=False)


@router.post("/v1/control/budget/validate")
async def validate_budget(
    body: BudgetQuestion, reader: Reader, parts: PartsOf, instance: Instance = None
) -> BudgetAnswer:
    """Say what becomes of a model call, before it is made.

    The answer is a look at what is spent, and reserves nothing. It goes by what was stored, or by
    ``local_spend`` where that is more. Calls that are asked about at the same time are each answered as if
    they were the only one, so together they may pass the limit, by no more than they cost. Once what they
    cost is stored, every process answers by it.
    """
    if isinstance(reader, Program):
        parts.known_programs.require_database()
    return await parts.policies.validate(reader.team_id, body, instance or "")


@router.get("/tsdb/pricing")
async def read_prices(reader: Reader, parts: PartsOf) -> PriceList:
    """List prices in US dollars for a million tokens, the longest name first, of calls of usual length."""
    del reader
    listed_prices = parts.ingest.prices().listed()
    pricing = {
        name: ModelPrice(
            input=float(price.base.input),
            output=float(price.base.output),
            cached_input=float(price.base.cached_input),
        )
        for name, price in listed_prices
    }
    return PriceList(pricing=pricing)


def _versions(if_match: str | None) -> frozenset[str] | None:
    """Return the versions that ``If-Match`` lists, weak ones too; None is any."""
    if if_match is None or if_match.strip() == "*":
        return None
    return frozenset(each.strip().removeprefix("W/").strip('"') for each in if_match.split(","))


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
    """Return when a batch was sent: SDKs say it in seconds, or in milliseconds.

    Raises:
        RefusedInputError: if it is true or false, which Python takes for 1 and 0.
    """
    if isinstance(said, bool):
        raise RefusedInputError("timestamp: Input should be a number.")
    if isinstance(said, int | float) and said > 0:
        seconds = said / 1000 if said > _LATEST_UNIX_S else said
        if seconds <= _LATEST_UNIX_S:
            return datetime.fromtimestamp(seconds, UTC).isoformat()
    return now.isoformat()
