"""The page behind the one-time link: a form for the first account."""

from __future__ import annotations

import base64
from hashlib import sha256
from importlib import resources

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from hive.control.auth.gate import Everyone

PATH = "/first-login"

router = APIRouter(tags=["auth"], dependencies=[Depends(Everyone())])

_PAGE = (resources.files("hive.control.api") / "first_login.html").read_text(encoding="utf-8")
_SCRIPT = _PAGE.partition("<script>")[2].partition("</script>")[0]
_DIGEST = base64.b64encode(sha256(_SCRIPT.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; script-src 'sha256-{_DIGEST}'; style-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get(PATH, response_class=HTMLResponse)
async def first_login_page() -> HTMLResponse:
    """Show the form; the link's token stays in the browser, behind the ``#`` of the address."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})
