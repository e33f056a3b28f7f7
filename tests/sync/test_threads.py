"""Work knows on whose behalf it is done."""

from __future__ import annotations

import contextvars

from reconciler.sync.threads import Threads

who = contextvars.ContextVar("who", default="nobody")


def test_work_runs_in_the_context_in_which_it_was_submitted():
    with Threads(1) as threads:
        token = who.set("ana")
        one = threads.submit(who.get)
        who.reset(token)
        assert (one.result(), *threads.map(lambda _: who.get(), [1])) == ("ana", "nobody")
