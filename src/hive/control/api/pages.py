"""Pages for a browser: whole in themselves, so that they work without the internet."""

from __future__ import annotations

import base64
import html
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from hive.control.auth.gate import Everyone

if TYPE_CHECKING:
    from fastapi import FastAPI

HOME = "/"
FIRST_LOGIN = "/first-login"
DOCS = "/docs"

router = APIRouter(tags=["pages"], dependencies=[Depends(Everyone())])


class Page:
    """A page that lies beside this module, and the policy that lets it run its own script alone."""

    def __init__(self, name: str) -> None:
        """Read it."""
        self._text = (resources.files("hive.control.api") / name).read_text(encoding="utf-8")
        script = self._text.partition("<script>")[2].partition("</script>")[0]
        digest = base64.b64encode(sha256(script.encode()).digest()).decode()
        self._policy = (
            f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def answer(self, version: str = "") -> HTMLResponse:
        """Return it as it is sent, with ``version`` where it tells that of the program."""
        text = self._text.replace("{version}", html.escape(version))
        return HTMLResponse(text, headers={"Content-Security-Policy": self._policy})


_HOME_PAGE = Page("home.html")
_FIRST_LOGIN_PAGE = Page("first_login.html")
_DOCS_PAGE = Page("docs.html")


@router.head(HOME, include_in_schema=False)
@router.get(HOME, response_class=HTMLResponse)
async def home_page(request: Request) -> HTMLResponse:
    """Say what answers here, and where to go on."""
    app: FastAPI = request.app
    return _HOME_PAGE.answer(app.version)


@router.head(FIRST_LOGIN, include_in_schema=False)
@router.get(FIRST_LOGIN, response_class=HTMLResponse)
async def first_login_page() -> HTMLResponse:
    """Show the form behind the one-time link; its token stays in the browser, after the ``#``."""
    return _FIRST_LOGIN_PAGE.answer()


@router.head(DOCS, include_in_schema=False)
@router.get(DOCS, response_class=HTMLResponse)
async def docs_page() -> HTMLResponse:
    """Show every route, as ``/openapi.json`` describes it."""
    return _DOCS_PAGE.answer()
