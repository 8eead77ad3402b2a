"""The HTTP face of a served agent: deliveries in, and what a run's sender may ask for."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from framework.credentials.failure_text import without_secrets
from framework.errors import (
    FrameworkError,
    InputError,
    QueueFullError,
    RuntimeStoppedError,
    WebhookRefusedError,
)
from framework.tools.machine_secrets import without_machine_secrets
from hive.listening import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.exceptions import HTTPException

    from framework.runner import AgentRunner
    from hive.serving.hooks import Hook

    Refused = Callable[[str, int, str], None]

_log = logging.getLogger("hive.serving")

BODY_TIMEOUT_S = 20.0
"""Seconds a sender has for its body."""

_RETRY_AFTER_S = 5
_DELIVERING = ("POST", "PUT")
_ELSEWHERE = "elsewhere"


def serving_app(runner: AgentRunner, hooks: Sequence[Hook], host: str, refused: Refused) -> Starlette:
    """Return the app that serves a started runner, and tells ``refused`` of what starts no run.

    Where only this machine may ask, a request must name this machine as its
    host, so that a page in a browser cannot reach it through a name of its own.
    """
    names = ["127.0.0.1", "localhost", "[::1]", host] if is_loopback(host) else ["*"]
    return Starlette(
        routes=[
            *(
                Route(
                    hook.gate.config.path,
                    partial(_deliver, runner, hook, refused),
                    methods=list(hook.gate.config.methods),
                )
                for hook in hooks
            ),
            Route("/health", partial(_health, runner), methods=["GET"]),
            Route("/runs/{run_id}", partial(_run, runner), methods=["GET"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=names)],
        exception_handlers={status: partial(_astray, refused) for status in (404, 405)},
    )


async def _deliver(runner: AgentRunner, hook: Hook, refused: Refused, request: Request) -> Response:
    """Take one delivery: check it, start its run, and say which that is."""
    try:
        body = await _body(request, hook.gate.config.max_body_bytes)
        now = runner.runtime.executor.clock.now().timestamp()
        delivery = hook.gate.check(request.headers, body, now)
        async with hook.turn(delivery):
            known = hook.gate.run_of(delivery)
            if known is not None:
                return JSONResponse({"run_id": known, "is_duplicate": True}, 200)
            given = hook.input_of(delivery.input_data)
            run_id = await runner.trigger(hook.spec.id, given, until_stored=True)
            hook.gate.remember(delivery, run_id)
    except FrameworkError as error:
        reason = _reason(error)
        refusal = _refusal(error, reason, request.url.path)
        refused(request.url.path, refusal.status_code, reason)
        return refusal
    return JSONResponse({"run_id": run_id}, 202)


def _reason(error: FrameworkError) -> str:
    """Return what an error says, without any secret."""
    if isinstance(error, WebhookRefusedError):  # Anybody may cause it, and it tells of the request alone:
        return without_secrets(str(error))  # it shall not cost a look into the store of credentials.
    return without_machine_secrets(str(error))


def _refusal(error: FrameworkError, reason: str, path: str) -> Response:
    """Say why a delivery started no run."""
    match error:
        case WebhookRefusedError():
            return _error(reason, error.status)
        case QueueFullError():
            return _error(reason, 429, {"retry-after": str(_RETRY_AFTER_S)})
        case InputError():
            lacks = without_machine_secrets(", ".join(map(repr, error.missing)))
            return _error(f"The delivery lacks {lacks}." if lacks else reason, 422)
        case RuntimeStoppedError():
            return _error("The agent is being stopped.", 503)
        case _:
            _log.error("webhook_failed", extra={"path": path, "error": reason})
            return _error("The agent cannot start a run now; its owner finds the reason in its log.", 503)


async def _body(request: Request, limit: int) -> bytes:
    """Read the body, no more of it than is taken."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise WebhookRefusedError(f"The body is larger than {limit} bytes.", status=413)
                parts.append(part)
    except TimeoutError:
        raise WebhookRefusedError("The body took too long.", status=408) from None
    except ClientDisconnect:
        raise WebhookRefusedError("The body is incomplete.", status=400) from None
    return b"".join(parts)


async def _health(runner: AgentRunner, request: Request) -> Response:
    del request
    stats = runner.runtime.get_stats()
    status = "ok" if runner.runtime.is_running else "stopping"
    return JSONResponse(
        {
            "status": status,
            "agent": runner.package.name,
            "running": stats["running"],
            "waiting": stats["waiting"],
        },
        200 if runner.runtime.is_running else 503,
    )


async def _run(runner: AgentRunner, request: Request) -> Response:
    """Say where a run stands; what it holds stays with its owner."""
    run_id: str = request.path_params["run_id"]
    found = await runner.runtime.get_execution_status(run_id)
    if found is None:
        return _error(f"There is no run {run_id!r}.", 404)
    return JSONResponse({key: found[key] for key in ("run_id", "status", "steps") if key in found})


async def _astray(refused: Refused, request: Request, error: Exception) -> Response:
    refusal = cast("HTTPException", error)
    is_method = refusal.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    sentence = f"{request.method} is not taken here." if is_method else "There is nothing here."
    headers = dict(refusal.headers) if refusal.headers else None
    if request.method in _DELIVERING:
        place = without_secrets(f"{request.method} {request.url.path}")
        refused(_ELSEWHERE, refusal.status_code, f"{place}: {sentence}")
    return _error(sentence, refusal.status_code, headers)


def _error(sentence: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": sentence}, status, headers=headers)
