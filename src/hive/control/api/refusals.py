"""From an error to the status and sentence of an answer."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
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
from hive.protocol.faults import faults_in, path_of, reason_of
from hive.refusal import Fault, Refusal, headers_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI, Request
    from pydantic_core import ErrorDetails
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
_BODY = "body"
_MOST_FAULTS = 50
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_UNREADABLE = "The body is not JSON that can be read."


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
    headers = headers_of(status)
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(error.retry_after_s)
    elif status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return refusal(str(error), status, headers)


def refusal(
    sentence: str, status: int, headers: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
) -> JSONResponse:
    """Return an answer in the one shape of all that refuse."""
    body = Refusal(error=sentence, faults=list(faults)).model_dump()
    return JSONResponse(body, status, headers=headers)


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    del request
    return answer_to(error)


async def _report(request: Request, error: Exception) -> JSONResponse:
    """Say what is wrong with the input, without repeating it: it may hold a password."""
    del request
    refused = cast("RequestValidationError", error)
    found = cast("Sequence[ErrorDetails]", refused.errors())[:_MOST_FAULTS]
    elsewhere = [each for each in found if each["loc"][:1] != (_BODY,)]
    in_body = [each for each in found if each["loc"][:1] == (_BODY,)]
    faults = [Fault(at=path_of(each["loc"]), reason=reason_of(each)) for each in elsewhere]
    faults += [Fault(at=each.at, reason=each.reason) for each in faults_in({_BODY: refused.body}, in_body)]
    return refusal("The request cannot be taken as it is.", HTTPStatus.UNPROCESSABLE_ENTITY, None, faults)


async def _translate(request: Request, error: Exception) -> JSONResponse:
    """Say in our shape what the framework refuses: a path, a method, or a body that is no JSON."""
    match cast("HTTPException", error).status_code:
        case HTTPStatus.NOT_FOUND:
            return refusal("There is nothing here.", HTTPStatus.NOT_FOUND)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            sentence = f"{request.method} is not taken here."
            return refusal(sentence, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(_taken(request))})
        case _:
            return refusal(_UNREADABLE, HTTPStatus.UNPROCESSABLE_ENTITY)


def _taken(request: Request) -> list[str]:
    """Return every method that the path takes, whichever routes they are of."""
    routes: list[BaseRoute] = request.app.routes
    asked = [{**request.scope, "method": method} for method in _METHODS]
    return [each["method"] for each in asked if any(route.matches(each)[0] is Match.FULL for route in routes)]


async def _fail(request: Request, error: Exception) -> JSONResponse:
    _log.error("request_failed", exc_info=error, extra={"path": request.url.path})
    return refusal("Hive met a fault of its own; its log tells more.", HTTPStatus.INTERNAL_SERVER_ERROR)
