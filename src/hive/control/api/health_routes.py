"""Whether the process lives and can serve, and what it measured."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict

from hive.control.api.parts import PartsOf
from hive.control.auth.gate import Everyone
from hive.control.services.readiness import NOT_READY, OK

router = APIRouter(tags=["operations"], dependencies=[Depends(Everyone())])


class Health(BaseModel):
    """How the process is, part by part."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ok", "parts": {"database": "ok", "redis": "ok"}}]}
    )

    status: str
    parts: dict[str, str]


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live")
async def live() -> Health:
    """Say that the process answers."""
    return Health(status=OK, parts={})


@router.head("/health/ready", include_in_schema=False)
@router.get("/health/ready", responses={503: {"model": Health, "description": "Requests cannot be served."}})
async def ready(parts: PartsOf, response: Response) -> Health:
    """Say whether requests can be served, and which part is in the way.

    ``degraded`` serves: without Redis all, without the database what may go to the spool.
    """
    status, found = await parts.readiness.status()
    response.status_code = 503 if status == NOT_READY else 200
    return Health(status=status, parts=found)


@router.head("/metrics", include_in_schema=False)
@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(parts: PartsOf) -> Response:
    """Give the figures of this process to Prometheus."""
    return Response(parts.figures.text(), media_type=CONTENT_TYPE_LATEST)
