from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from framework.errors import ProviderError
from framework.llm.scripted import call
from framework.loop.judges import (
    ComposedJudge,
    JudgeContext,
    JudgeProtocol,
    JudgeVerdict,
    LLMJudge,
    OutputAccumulator,
    RequiredOutputsJudge,
    SchemaJudge,
    read_verdict,
)
from framework.model import events as ev
from tests.support.one_node import Answers, OneNode

ACCEPT, RETRY, ESCALATE = (
    JudgeVerdict("ACCEPT"),
    JudgeVerdict("RETRY", "more"),
    JudgeVerdict("ESCALATE", "stop"),
)
ACCEPTED = '{"accept": true, "feedback": ""}'
REFUSED = '{"accept": false, "feedback": "Name a source."}'


class Report(BaseModel):
    title: str
    score: int = Field(ge=0, le=10)


class Always:
    def __init__(self, verdict: JudgeVerdict, log: list[str], name: str) -> None:
        self._verdict, self._log, self._name = verdict, log, name

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        self._log.append(self._name)
        return self._verdict


def output(key: str, value: object):
    return call("set_output", key=key, value=value)


def context(**fields: Any) -> JudgeContext:
    return JudgeContext(assistant_text="Done.", **fields)


def test_every_name_of_the_context_is_an_attribute_and_a_key():
    seen = context(outputs=OutputAccumulator({"a": 1}), missing_keys=["b"])
    names = {
        "assistant_text", "tool_calls", "outputs", "output_accumulator", "iteration", "output_keys",
        "missing_keys", "conversation_summary", "goal", "inputs", "exchanges",
    }  # fmt: skip

    assert names <= set(seen)
    assert all(seen[name] == getattr(seen, name) for name in seen)
    assert len(seen) == len(list(seen))
    with pytest.raises(KeyError):
        seen["nothing"]


def test_an_accumulator_reads_like_a_dict():
    outputs = OutputAccumulator({"a": 1, "b": None})

    assert dict(outputs) == outputs.to_dict() == {"a": 1, "b": None}
    assert len(outputs) == 2
    assert outputs.has_all_keys(["a"])
    assert not outputs.has_all_keys(["a", "b"])
    assert not outputs.has_all_keys(["c"])


async def test_a_reply_of_a_person_is_not_talked_over():
    verdict = await RequiredOutputsJudge().evaluate(context(missing_keys=["a"], person_replied=True))

    assert verdict == JudgeVerdict("RETRY", "")


async def test_a_schema_judge_names_the_field_that_does_not_fit():
    judge = SchemaJudge(Report)
    good = context(outputs=OutputAccumulator({"title": "x", "score": 3}))
    bad = context(outputs=OutputAccumulator({"score": 30}))

    assert isinstance(judge, JudgeProtocol)
    assert (await judge.evaluate(good)).action == "ACCEPT"
    verdict = await judge.evaluate(bad)
    assert verdict.action == "RETRY"
    assert "title: Field required" in verdict.feedback
    assert "score: Input should be less than or equal to 10" in verdict.feedback


@pytest.mark.parametrize(
    ("verdicts", "asked", "action"),
    [
        ([ACCEPT, ACCEPT], ["0", "1"], "ACCEPT"),
        ([RETRY, ESCALATE], ["0"], "RETRY"),
        ([ESCALATE, ACCEPT], ["0"], "ESCALATE"),
        ([ACCEPT, RETRY, ACCEPT], ["0", "1"], "RETRY"),
    ],
)
async def test_judges_are_asked_in_order_and_the_first_that_does_not_accept_decides(
    verdicts: list[JudgeVerdict], asked: list[str], action: str
):
    log: list[str] = []
    judge = ComposedJudge([Always(verdict, log, str(index)) for index, verdict in enumerate(verdicts)])

    assert (await judge.evaluate(context())).action == action
    assert log == asked


async def test_the_feedback_of_judges_that_accept_is_joined():
    judge = ComposedJudge([Always(JudgeVerdict("ACCEPT", word), [], "") for word in ("good", "", "short")])

    assert (await judge.evaluate(context())).feedback == "good short"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ('{"accept": true, "feedback": ""}', JudgeVerdict("ACCEPT", "")),
        (
            'Sure!\n```json\n{"accept": false, "feedback": "too short"}\n```',
            JudgeVerdict("RETRY", "too short"),
        ),
        ('{"accept": true}', JudgeVerdict("ACCEPT", "")),
    ],
)
def test_a_ruling_is_read_from_json(text: str, verdict: JudgeVerdict):
    assert read_verdict(text) == verdict


@pytest.mark.parametrize(
    "text",
    ["", "yes", "ACCEPT", "{", '{"accept": "true"}', '{"accept": 1}', "[true]", '{"accept": null}', "}{"],
)
def test_what_cannot_be_read_is_never_accepted(text: str):
    assert read_verdict(text).action == "RETRY"


@given(st.text())
def test_arbitrary_text_is_never_accepted_unless_it_says_so(text: str):
    assert read_verdict(text).action == "RETRY" or "true" in text


async def test_a_judge_that_cannot_be_asked_does_not_accept():
    async def ask(system: str, prompt: str, schema: dict[str, Any]) -> str:
        raise ProviderError("The service is down.")

    verdict = await LLMJudge("short", ask).evaluate(context())

    assert verdict == JudgeVerdict("RETRY", "The judge could not be asked: The service is down.")


async def test_criteria_in_words_are_judged_by_a_model_that_sees_them_and_the_outputs():
    script = [
        call("set_output", key="a", value="text"), "First.", REFUSED,
        call("set_output", key="a", value="text [1]"), "Second.", ACCEPTED,
    ]  # fmt: skip
    node = OneNode(script, output_keys=["a"], success_criteria="Every claim has a source.")

    result = await node.run()

    assert result.output == {"a": "text [1]"}
    prompt = node.request(2).messages[0].content
    assert "Every claim has a source." in prompt
    assert '"a": "text"' in prompt
    assert node.request(2).response_schema is not None
    assert "user: Name a source." in node.said(3)
    assert [event.purpose for event in await node.events(ev.ModelRequested)].count("judge") == 2


async def test_the_judging_model_sees_the_inputs_and_what_a_person_said():
    script = ["Which bees?", call("set_output", key="a", value="x" * 9000), "Right?", ACCEPTED]
    node = OneNode(
        script, input_keys=["letter"], output_keys=["a"], client_facing=True, success_criteria="Polite."
    )

    assert (await node.run({"letter": "Dear bees"}, person=Answers("Wild ones.", "Yes."))).success
    prompt = node.request().messages[0].content
    assert 'Inputs:\n{\n  "letter": "Dear bees"\n}' in prompt
    assert "What a person said:\nWhich bees? -> Wild ones.\n" in prompt
    assert "[Cut after 8000 of 9013 characters.]" in prompt


def test_feedback_of_any_length_is_bounded():
    assert len(read_verdict('{"accept": false, "feedback": "' + "x" * 9000 + '"}').feedback) == 2000


async def test_an_unreadable_ruling_of_the_model_is_a_retry():
    node = OneNode(
        ["One.", "looks fine", "Two.", '{"accept": true, "feedback": ""}'], success_criteria="Short."
    )

    assert (await node.run()).success
    assert [event.action for event in await node.events(ev.JudgeRuled)] == ["RETRY", "ACCEPT"]


async def test_a_judging_model_that_fails_is_a_retry():
    script = ["One.", ProviderError("down"), "Two.", '{"accept": true, "feedback": ""}']
    node = OneNode(script, success_criteria="Short.")

    assert (await node.run()).success
    assert node.said(2)[-1] == "user: The judge could not be asked: down"


async def test_the_models_criteria_are_asked_last():
    log: list[str] = []
    node = OneNode(
        [output("title", "x"), "A.", output("score", 3), "B.", ACCEPTED],
        output_keys=["title", "score"], nullable_output_keys=["score"], output_model=Report,
        judge=Always(ACCEPT, log, "own"), success_criteria="Short.",
    )  # fmt: skip

    result = await node.run()

    assert result.output == {"title": "x", "score": 3}
    assert log == ["own"]
    assert "score: Field required" in node.said(2)[-1]
    assert len(node.provider.requests) == 5


async def test_a_judge_given_to_the_executor_rules_over_the_node():
    log: list[str] = []
    node = OneNode(["Hi."], executor={"judges": {"n": Always(ESCALATE, log, "executor")}})

    assert not (await node.run()).success
    assert log == ["executor"]


async def test_a_judge_sees_the_inputs_and_what_a_person_answered_in_every_turn():
    seen: list[JudgeContext] = []

    class Listening:
        async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
            seen.append(context)
            return ACCEPT if len(seen) > 1 else RETRY

    node = OneNode(
        [call("ask_user", question="Red?"), "Noted.", call("ask_user", question="Blue?"), "Noted."],
        judge=Listening(), client_facing=True, input_keys=["room"], loop={"client_turns": "ask"},
    )  # fmt: skip

    result = await node.run({"room": "attic"}, person=Answers("no", "yes"))

    assert result.success, result.error
    assert seen[1].inputs == {"room": "attic"}
    assert [(each.question, each.answer) for each in seen[1].exchanges] == [("Red?", "no"), ("Blue?", "yes")]
