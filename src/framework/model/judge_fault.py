"""Whether an object can judge at all, as far as that shows before a run."""

from __future__ import annotations

import inspect


def judge_fault(judge: object) -> str | None:
    """Return why ``judge`` cannot judge, None if nothing speaks against it."""
    name = judge.__name__ if isinstance(judge, type) else type(judge).__name__
    evaluate = getattr(judge, "evaluate", None)
    if isinstance(judge, type):
        return f"The judge is the class {name} itself; give an object of it"
    if not callable(evaluate):
        return f"The judge {name} has no method evaluate(context)"
    function = inspect.unwrap(evaluate)
    if inspect.isroutine(function) and not inspect.iscoroutinefunction(function):
        return f"The method evaluate of the judge {name} is not async"
    return None
