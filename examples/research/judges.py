"""The judges: a person has spoken, and a report cites what was read and nothing else."""

from __future__ import annotations

from framework.graph import JudgeContext, JudgeVerdict

from .sources import Source, cited_in, unread_in


class PersonAnswered:
    """Accepts outputs only once a person answered in this visit."""

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Look for an answer."""
        if context.exchanges:
            return JudgeVerdict("ACCEPT")
        return JudgeVerdict(
            "RETRY", "The person has not spoken yet. Do STEP 1 first: text only, no tool calls."
        )


class WorkIsSentBackWithWords(PersonAnswered):
    """Accepts a review; more research needs words on what is missing."""

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Hold the verdict against the feedback."""
        verdict = await super().evaluate(context)
        if verdict.action != "ACCEPT" or context.outputs["verdict"] != "more":
            return verdict
        if str(context.outputs.get("feedback") or "").strip():
            return verdict
        return JudgeVerdict("RETRY", "Set feedback to what the person wants researched, in their words.")


class CitesWhatWasRead:
    """Accepts a report that cites pages, each of which was read in this run."""

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Compare the addresses in the report with those of the pages read."""
        report = str(context.outputs["report"])
        sources = [Source(**source) for source in context.inputs["sources"]]
        unread = unread_in(report, sources)
        if unread:
            return JudgeVerdict(
                "RETRY",
                f"The report cites what was not read: {', '.join(unread)}. Cite only these pages, or "
                f"leave the statement out: {', '.join(source.url for source in sources)}. Then set it again.",
            )
        if not cited_in(report):
            return JudgeVerdict("RETRY", "The report cites nothing. Link every statement to its page.")
        return JudgeVerdict("ACCEPT")
