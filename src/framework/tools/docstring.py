"""What a docstring tells a model: the first paragraph, and one text for each argument."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field

from docstring_parser import ParseError, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The parts of a docstring that describe a tool."""

    summary: str = ""
    arguments: dict[str, str] = field(default_factory=dict[str, str])


def read_docstring(documented: object) -> Description:
    """Read the docstring of ``documented``, in Google, NumPy or Sphinx style."""
    text = inspect.getdoc(documented)
    if not text:
        return Description()
    try:
        parsed = parse(text)
    except ParseError:
        return Description(summary=_one_line(_first_paragraph(text)))
    summary = parsed.short_description or ""
    if parsed.long_description and not parsed.blank_after_short_description:
        summary = f"{summary} {_first_paragraph(parsed.long_description)}"
    arguments = {param.arg_name: _one_line(param.description or "") for param in parsed.params}
    return Description(summary=_one_line(summary), arguments=arguments)


def _first_paragraph(text: str) -> str:
    return text.split("\n\n", 1)[0]


def _one_line(text: str) -> str:
    return " ".join(text.split())
