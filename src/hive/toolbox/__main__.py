"""``python -m hive.toolbox``: the tools as an MCP server, by stdio or HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from framework.errors import FrameworkError
from hive.errors import HiveError
from hive.listening import address_of, listen
from hive.toolbox.settings import load_settings

if TYPE_CHECKING:
    from types import FrameType

    from hive.toolbox.http_app import Listening
    from hive.toolbox.settings import ToolboxSettings

_USAGE = 2
_INTERRUPTED = 130
_MIN_TOKEN_CHARS = 16
_LAST_REQUESTS_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the command line asks the server to listen."""

    host: str
    port: int
    token_env: str | None
    allow_host: tuple[str, ...]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="The environment configures the rest: HIVE_TOOLBOX_ROOT, HIVE_DATA_DIR, HIVE_ALLOW_PRIVATE_URLS, "
    "HIVE_SEARXNG_URL, BRAVE_API_KEY, HIVE_FETCH_TIMEOUT_S, HIVE_FETCH_MAX_BYTES.",
)
@click.option("--stdio", is_flag=True, help="Talk over standard input and output.")
@click.option("--http", is_flag=True, help="Listen for streamable HTTP at /mcp.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on."
)
@click.option(
    "--token-env", metavar="NAME", help="Environment variable with the token that clients must bear."
)
@click.option(
    "--allow-host", multiple=True, metavar="NAME", help="Another host name that clients use; repeatable."
)
@click.option("--root", type=click.Path(path_type=Path), help="Folder of the file and CSV tools.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the data tools.")
def toolbox(*, stdio: bool, http: bool, root: Path | None, data_dir: Path | None, **address: Any) -> None:
    """Serve web search, pages, files and tables as MCP tools.

    Without a root folder the file and CSV tools are left out.
    """
    if stdio == http:
        raise click.UsageError("Choose one of --stdio and --http.")
    settings = load_settings().with_folders(
        root=root.absolute() if root else None, data_dir=data_dir.absolute() if data_dir else None
    )
    if stdio:
        serve_stdio(settings)
    else:
        serve_http(settings, listening_at(Address(**address), os.environ.get))


def main() -> None:
    """Run the command line and exit; a wrong use ends with one sentence and code 2."""
    try:
        toolbox.main(prog_name="python -m hive.toolbox", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        _fail(error.format_message())
    except (FrameworkError, HiveError) as error:
        _fail(str(error))
    except ModuleNotFoundError as error:
        _fail(f"The module {error.name!r} is missing; install 'hive-agents[toolbox]'.")


def listening_at(address: Address, variable: Any) -> Listening:
    """Return where to listen, with the token of the environment.

    Raises:
        click.UsageError: if other machines could use the tools without a token.
    """
    from hive.toolbox.http_app import Listening  # noqa: PLC0415  (starlette is optional)

    token = None
    if address.token_env is not None:
        token = (variable(address.token_env) or "").strip()
        if len(token) < _MIN_TOKEN_CHARS:
            raise click.UsageError(
                f"The environment variable {address.token_env!r} must hold a token of at least "
                f"{_MIN_TOKEN_CHARS} characters."
            )
    listening = Listening(host=address.host, port=address.port, token=token, names=address.allow_host)
    if token is None and not listening.is_loopback:
        raise click.UsageError(
            f"--host {address.host} lets other machines use the tools; name a token with --token-env, "
            "or listen on 127.0.0.1."
        )
    return listening


def serve_stdio(settings: ToolboxSettings) -> None:
    """Serve one client over standard input and output until it closes them."""
    from mcp.server.stdio import stdio_server  # noqa: PLC0415  (it is optional)

    from hive.toolbox.server import toolbox_server  # noqa: PLC0415  (mcp is optional)

    server = toolbox_server(settings)

    async def serve() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _leave)
    asyncio.run(serve())


def serve_http(settings: ToolboxSettings, listening: Listening) -> None:
    """Serve clients over HTTP until interrupted.

    Raises:
        CannotServeError: if the address cannot be used.
    """
    import uvicorn  # noqa: PLC0415  (it is optional)

    from hive.toolbox.http_app import http_app  # noqa: PLC0415  (starlette is optional)
    from hive.toolbox.server import toolbox_server  # noqa: PLC0415  (mcp is optional)

    config = uvicorn.Config(
        http_app(toolbox_server(settings), listening),
        access_log=False,
        log_level="error",  # What it warns of is what clients get wrong.
        http="h11",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=_LAST_REQUESTS_S,
    )
    with listen(listening.host, listening.port) as taken:
        address = address_of(listening.host, taken)
        click.echo(f"The tools are running on {address}/mcp; Ctrl-C stops.", err=True)
        uvicorn.Server(config).run(sockets=[taken])


def _leave(number: int, frame: FrameType | None) -> None:
    """End at once: the thread that waits for the next line of input cannot be interrupted."""
    del number, frame
    os._exit(_INTERRUPTED)


def _fail(sentence: str) -> None:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(_USAGE)


if __name__ == "__main__":
    main()
