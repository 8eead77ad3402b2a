"""Judges: the only ones who decide that a node is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import orjson
from pydantic import BaseModel, ValidationError

from framework.credentials.failure_text import without_secrets
from framework.errors import ProviderError
from framework.loop.prompts import goal_text
from framework.model.goal import Goal

Action = Literal["ACCEPT", "RETRY", "ESCALATE"]


@dataclass(frozen=True, slots=True)
class JudgeVerdict:
    """What a judge rules; the feedback of a RETRY is shown to the model."""

    action: Action
    feedback: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no ruling.

        Raises:
            ValueError: if ``action`` is none of ACCEPT, RETRY and ESCALATE.
        """
        if self.action not in get_args(Action):
            known = ", ".join(get_args(Action))
            raise ValueError(f"A judge cannot rule {self.action!r}; it rules one of {known}.")


class OutputAccumulator(Mapping[str, Any]):
    """The outputs a node has set so far; they reach the memory when the judge accepts."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        """Show ``values``."""
        self._values = dict(values or {})

    def __getitem__(self, key: str) -> Any:
        """Return the output ``key``."""
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return the number of outputs."""
        return len(self._values)

    def to_dict(self) -> dict[str, Any]:
        """Return a copy as a plain dict."""
        return dict(self._values)

    def has_all_keys(self, keys: Sequence[str]) -> bool:
        """Whether every one of ``keys`` is set to something other than None."""
        return all(self._values.get(key) is not None for key in keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question of the node and what a person answered, word for word."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeContext(Mapping[str, Any]):
    """What a judge sees of a turn; every field can also be read as a key.

    Attributes:
        assistant_text: what the model said last.
        tool_calls: the calls of the turn, ``{"name", "input"}`` each.
        outputs: outputs set so far; the same as ``output_accumulator``.
        iteration: the turn, from 1.
        missing_keys: required outputs that are not set.
        conversation_summary: the last messages, shortened.
        person_replied: whether a person answered this turn.
        inputs: the node's inputs.
        exchanges: what a person was asked and answered in this visit, in order.
    """

    assistant_text: str
    tool_calls: Sequence[Mapping[str, Any]] = ()
    outputs: OutputAccumulator = field(default_factory=OutputAccumulator)
    iteration: int = 1
    output_keys: Sequence[str] = ()
    nullable_output_keys: Sequence[str] = ()
    missing_keys: Sequence[str] = ()
    conversation_summary: str = ""
    goal: Goal | None = None
    person_replied: bool = False
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    exchanges: Sequence[Exchange] = ()

    @property
    def output_accumulator(self) -> OutputAccumulator:
        """The outputs set so far, by the name older judges use."""
        return self.outputs

    def __getitem__(self, key: str) -> Any:
        """Return a field by name."""
        if key == "output_accumulator" or key in _CONTEXT_FIELDS:
            return getattr(self, key)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the field names."""
        return iter((*_CONTEXT_FIELDS, "output_accumulator"))

    def __len__(self) -> int:
        """Return the number of fields."""
        return len(_CONTEXT_FIELDS) + 1


_CONTEXT_FIELDS = tuple(item.name for item in fields(JudgeContext))


@runtime_checkable
class JudgeProtocol(Protocol):
    """Rules on a turn."""

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Return whether the node is done."""
        ...


class RequiredOutputsJudge:
    """Accepts when the model has finished and all required outputs are set.

    Alone it is the implicit judge; in front of another judge it is the rule
    that nothing incomplete is accepted.
    """

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Accept complete outputs; a turn is judged only once its calls are answered."""
        if context.missing_keys:
            names = ", ".join(context.missing_keys)
            return self._retry(context, f"These outputs are not set yet: {names}. Set each with set_output.")
        if context.output_keys and not any(
            context.outputs.get(key) is not None for key in context.output_keys
        ):
            names = ", ".join(context.output_keys)
            return self._retry(context, f"Set at least one of these outputs with set_output: {names}.")
        return JudgeVerdict("ACCEPT")

    def _retry(self, context: JudgeContext, feedback: str) -> JudgeVerdict:
        # A person has just spoken: their message is what the model should answer.
        return JudgeVerdict("RETRY", "" if context.person_replied else feedback)


class SchemaJudge:
    """Accepts outputs that a Pydantic model validates."""

    def __init__(self, model: type[BaseModel]) -> None:
        """Hold the outputs against ``model``."""
        self._model = model

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Accept valid outputs; otherwise say which field is wrong and how."""
        try:
            self._model.model_validate(context.outputs.to_dict())
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, item['loc'])) or 'output'}: {item['msg']}" for item in error.errors()
            )
            return JudgeVerdict("RETRY", f"The outputs do not fit their schema: {problems}. Set them again.")
        return JudgeVerdict("ACCEPT")


class ComposedJudge:
    """Asks judges in order; the first that does not accept decides."""

    def __init__(self, judges: Sequence[JudgeProtocol]) -> None:
        """Ask ``judges`` in this order."""
        self._judges = tuple(judges)

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Accept when all accept; their feedback is joined."""
        feedback: list[str] = []
        for judge in self._judges:
            verdict = await judge.evaluate(context)
            if verdict.action != "ACCEPT":
                return verdict
            feedback.append(verdict.feedback)
        return JudgeVerdict("ACCEPT", " ".join(filter(None, feedback)))


_VERDICT_SCHEMA = {
    "type": "object",
    "properties": {"accept": {"type": "boolean"}, "feedback": {"type": "string", "maxLength": 400}},
    "required": ["accept", "feedback"],
}


_WANTED = 'Answer with JSON: {"accept": true or false, "feedback": "what to change"}'
_PART_CHARS = 8_000
_FEEDBACK_CHARS = 2_000


class LLMJudge:
    """Has a model hold the outputs against criteria in words.

    An answer that cannot be read, or a call that fails, is RETRY, never ACCEPT.
    """

    def __init__(
        self,
        criteria: str,
        ask: Callable[[str, str, dict[str, Any]], Awaitable[str]],
        *,
        cleaned: Callable[[str], str] = without_secrets,
    ) -> None:
        """Judge by ``criteria``; ``ask(system, prompt, schema)`` returns the model's text.

        Args:
            criteria: what the outputs must meet.
            ask: asks the model.
            cleaned: gives why it could not be asked without any secret.
        """
        self._cleaned = cleaned
        self._criteria = criteria
        self._ask = ask

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Return the model's ruling."""
        prompt = f"{_evidence(self._criteria, context)}\n\n{_WANTED}"
        system = "You judge whether outputs meet the given criteria. Be strict and brief."
        try:
            text = await self._ask(system, prompt, _VERDICT_SCHEMA)
        except ProviderError as error:
            return JudgeVerdict("RETRY", f"The judge could not be asked: {self._cleaned(str(error))}")
        return read_verdict(text)


def _evidence(criteria: str, context: JudgeContext) -> str:
    """Return what a model needs to judge a turn; long parts are cut and say so."""
    parts = {
        "Criteria": criteria,
        "Inputs": _as_text(dict(context.inputs)) if context.inputs else "",
        "What a person said": "\n".join(f"{each.question} -> {each.answer}" for each in context.exchanges),
        "Outputs": _as_text(context.outputs.to_dict()),
        "Last answer": context.assistant_text,
    }
    told = [f"{name}:\n{_cut(text)}" for name, text in parts.items() if text]
    return "\n\n".join([goal_text(context.goal), *told] if context.goal is not None else told)


def _cut(text: str) -> str:
    if len(text) <= _PART_CHARS:
        return text
    return f"{text[:_PART_CHARS]}\n[Cut after {_PART_CHARS} of {len(text)} characters.]"


def read_verdict(text: str) -> JudgeVerdict:
    """Read a model's ruling; anything unreadable is RETRY."""
    start, end = text.find("{"), text.rfind("}")
    try:
        record = orjson.loads(text[start : end + 1]) if start >= 0 else None
    except orjson.JSONDecodeError:
        record = None
    if not isinstance(record, dict) or not isinstance(record.get("accept"), bool):  # pyright: ignore[reportUnknownMemberType]  (untrusted JSON)
        return JudgeVerdict("RETRY", "The judge's answer could not be read.")
    feedback = str(record.get("feedback") or "")[:_FEEDBACK_CHARS]  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  (untrusted JSON)
    return JudgeVerdict("ACCEPT" if record["accept"] else "RETRY", feedback)


def _as_text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
