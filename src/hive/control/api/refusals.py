"""From an error to the status and sentence of an answer."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match

from hive.errors import (
    ConflictError,
    ControlError,
    NotAllowedError,
    NotKnownError,
    NotSignedInError,
    RefusedInputError,
    TooManyRequestsError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request
    from starlette.routing import BaseRoute

_log = logging.getLogger("hive.control")

_STATUS: dict[type[ControlError], HTTPStatus] = {
    NotSignedInError: HTTPStatus.UNAUTHORIZED,
    NotAllowedError: HTTPStatus.FORBIDDEN,
    NotKnownError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    RefusedInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
_RETRY_S = 5
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_UNREADABLE = "The body is not JSON that can be read."


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    at: str
    reason: str


class Refusal(BaseModel):
    """The body of every answer that refuses."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"error": "This needs the role admin; yours is viewer.", "faults": []}]
        }
    )

    error: str
    faults: list[Fault] = []


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route that refuses with these statuses, for its description."""
    return {status: {"model": Refusal, "description": HTTPStatus(status).phrase} for status in statuses}


def install(app: FastAPI) -> None:
    """Let every error of ours become an answer."""
    app.add_exception_handler(ControlError, _refuse)
    app.add_exception_handler(RequestValidationError, _report)
    app.add_exception_handler(HTTPException, _translate)
    app.add_exception_handler(Exception, _fail)


def answer_to(error: Exception) -> JSONResponse:
    """Return what a caller is answered whom an error of ours refuses."""
    status = next(
        (status for kind, status in _STATUS.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    headers: dict[str, str] = {}
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(error.retry_after_s)
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_RETRY_S)
    elif status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(str(error), status, headers)


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    del request
    return answer_to(error)


async def _report(request: Request, error: Exception) -> JSONResponse:
    """Say what is wrong with the input, without repeating it: it may hold a password."""
    del request
    found = cast("Sequence[dict[str, Any]]", cast("RequestValidationError", error).errors())
    faults = [Fault(at=".".join(map(str, each["loc"])), reason=each["msg"]) for each in found]
    return _answer("The request cannot be taken as it is.", HTTPStatus.UNPROCESSABLE_ENTITY, {}, faults)


async def _translate(request: Request, error: Exception) -> JSONResponse:
    """Say in our shape what the framework refuses: a path, a method, or a body that is no JSON."""
    match cast("HTTPException", error).status_code:
        case HTTPStatus.NOT_FOUND:
            return _answer("There is nothing here.", HTTPStatus.NOT_FOUND, {})
        case HTTPStatus.METHOD_NOT_ALLOWED:
            sentence = f"{request.method} is not taken here."
            return _answer(sentence, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(_taken(request))})
        case _:
            return _answer(_UNREADABLE, HTTPStatus.UNPROCESSABLE_ENTITY, {})


def _taken(request: Request) -> list[str]:
    """Return every method that the path takes, whichever routes they are of."""
    routes: list[BaseRoute] = request.app.routes
    asked = [{**request.scope, "method": method} for method in _METHODS]
    return [each["method"] for each in asked if any(route.matches(each)[0] is Match.FULL for route in routes)]


async def _fail(request: Request, error: Exception) -> JSONResponse:
    _log.error("request_failed", exc_info=error, extra={"path": request.url.path})
    return _answer("Hive met a fault of its own; its log tells more.", HTTPStatus.INTERNAL_SERVER_ERROR, {})


def _answer(
    sentence: str, status: int, headers: dict[str, str], faults: Sequence[Fault] = ()
) -> JSONResponse:
    return JSONResponse(Refusal(error=sentence, faults=list(faults)).model_dump(), status, headers=headers)
