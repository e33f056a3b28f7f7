"""`reconciler validate --live`: what is in the accounts, judged as definitions are."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from reconciler.cli import build, output, worktree
from reconciler.errors import Broken, Invalid

if TYPE_CHECKING:
    from reconciler.cli.surroundings import Asked
    from reconciler.errors import Problem
    from reconciler.sync.inspecting import Inspected


def inspected(asked: Asked, environment: str, *, waive: bool, quiet: bool) -> Inspected:
    """Read and judge what is live in every target, or in those of an environment; raises Broken if nothing can be."""
    if asked.paths or asked.parameters:
        raise Broken("--live judges what is in the accounts: name no files, and no --parameters")
    loaded, base = build.settings(asked.config, asked.overrides)
    with output.progress(quiet=quiet, verbose=False) as tell, build.world(loaded, base, tell) as world:
        from reconciler.policy import judge
        from reconciler.sync import importing, inspecting, reading, ruling

        context = reading.context(world, worktree.catalogue(loaded, base))
        today = dt.datetime.now(tz=dt.UTC).date()
        files = worktree.rules(loaded, base)
        rules = ruling.ruling(loaded, files or {}, today, context.basis.catalogue, waive=waive)
        selection = importing.Selection(environment=environment, of_others=True)
        if files is None and loaded.policy.own:
            output.say("rules of your own are not asked: their folder is not on this machine")
        elif wrong := rules.wrong():
            raise Invalid(wrong)
        found = inspecting.inspect(world, selection, context, rules.policy)
    unread = [each for each in found.problems if each.rule == judge.UNREAD]
    if unread and not found.places:
        raise Broken("nothing could be read: " + "; ".join(_reason(each) for each in unread))
    return found


def _reason(problem: Problem) -> str:
    return f"{problem.file}: {problem.message}"
