from __future__ import annotations

import pytest

from framework.tools.docstring import read_docstring

GOOGLE = """Search the web
    for pages.

    Long text that a model does not need.

    Args:
        query (str): what to
            look for.
        limit: how many: at most.

    Returns:
        Pages.
    """
NUMPY = """Search the web for pages.

    Parameters
    ----------
    query : str
        what to look for.
    limit
        how many: at most.

    Returns
    -------
    list
        Pages.
    """
SPHINX = """Search the web for pages.

    :param query: what to look for.
    :param int limit: how many: at most.
    :returns: pages
    """


def documented(text: str | None) -> object:
    def function() -> None: ...

    function.__doc__ = text
    return function


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX])
def test_every_style_gives_the_first_paragraph_and_the_arguments(text: str) -> None:
    read = read_docstring(documented(text))
    assert read.summary == "Search the web for pages."
    assert read.arguments == {"query": "what to look for.", "limit": "how many: at most."}


@pytest.mark.parametrize("text", [None, "", "   \n  "])
def test_no_docstring_gives_empty_texts(text: str | None) -> None:
    read = read_docstring(documented(text))
    assert (read.summary, read.arguments) == ("", {})


@pytest.mark.parametrize(
    "text",
    [
        "Do it.\n\nArgs:\n    no colon here\n",
        "Do it.\n\n:param",
        "Do it.\n\nArgs:\nParameters\n---\n:param x",
    ],
)
def test_a_malformed_docstring_still_gives_its_first_paragraph(text: str) -> None:
    assert read_docstring(documented(text)).summary == "Do it."
