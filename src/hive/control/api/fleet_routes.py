"""The processes of a team that live, for people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from hive.control.api.parts import PartsOf
from hive.control.api.refusals import refusals
from hive.control.auth.gate import Gate
from hive.control.domain.principal import Principal
from hive.control.domain.roles import Role

router = APIRouter(tags=["sdk"], responses=refusals(401, 403, 422, 503))
Viewer = Annotated[Principal, Depends(Gate(role=Role.VIEWER))]


class InstanceShown(BaseModel):
    """A process that was heard of within the last minute."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sdk_instance_id": "8a6f6a52-0d0f-4f6e-9a0e-0f6f5f3c1b11",
                    "agent_name": "scout",
                    "status": "healthy",
                    "sdk_version": "0.2.0",
                    "seen_at": "2026-01-31T12:00:00Z",
                    "is_healthy": True,
                }
            ]
        }
    )

    sdk_instance_id: str
    agent_name: str
    status: str
    sdk_version: str
    seen_at: datetime
    is_healthy: bool


@router.get("/v1/control/instances")
async def list_instances(viewer: Viewer, parts: PartsOf) -> list[InstanceShown]:
    """List the processes of the team that live, whichever process of the control plane they talk to."""
    fleet = await parts.presence.fleet(viewer.team_id)
    return [InstanceShown.model_validate(each, from_attributes=True) for each in fleet]
