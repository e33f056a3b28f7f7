"""`reconciler validate --live`: what is in the accounts, judged as definitions are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.cli import build, output, worktree
from reconciler.errors import Broken, Invalid

if TYPE_CHECKING:
    from reconciler.cli.surroundings import Asked
    from reconciler.errors import Problem
    from reconciler.sync.inspecting import Inspected


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read of the accounts, and how it is judged."""

    environment: str = ""
    """Only this one; empty for all."""
    waive: bool = True
    """Whether waivers count."""
    roles: bool = False
    """Whether the roles of pipelines are read and judged, too."""
    quiet: bool = False
    """Whether no progress is shown."""


def inspected(asked: Asked, wanted: Reading) -> Inspected:
    """Read and judge what is live in every target, or in those of an environment; raises Broken if nothing can be."""
    if asked.paths or asked.parameters:
        raise Broken("--live judges what is in the accounts: name no files, and no --parameters")
    loaded, base = build.settings(asked.config, asked.overrides)
    with output.progress(quiet=wanted.quiet, verbose=False) as tell, build.world(loaded, base, tell) as world:
        from reconciler.policy import judge
        from reconciler.sync import importing, inspecting, reading, ruling

        context = reading.context(world, worktree.catalogue(loaded, base))
        today = dt.datetime.now(tz=dt.UTC).date()
        files = worktree.rules(loaded, base)
        rules = ruling.ruling(loaded, files or {}, today, context.basis.catalogue, waive=wanted.waive)
        selection = importing.Selection(environment=wanted.environment, of_others=True)
        if files is None and loaded.policy.own:
            output.say("rules of your own are not asked: their folder is not on this machine")
        elif wrong := rules.wrong():
            raise Invalid(wrong)
        found = inspecting.inspect(world, selection, context, rules.policy, roles=wanted.roles)
    unread = [each for each in found.problems if each.rule == judge.UNREAD]
    if unread and not found.places:
        raise Broken("nothing could be read: " + "; ".join(_reason(each) for each in unread))
    return found


def _reason(problem: Problem) -> str:
    return f"{problem.file}: {problem.message}"
