"""Judging what nobody here applies: pipelines of templates, and files where no environments are known.

Rules about one pipeline are asked, one by one. Its environment is the one that its name says, if that is an environment
of the settings; without one, rules about environments do not apply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.definitions.naming import Convention
from reconciler.errors import Blocked
from reconciler.pipeline import validity
from reconciler.pipeline.unknown import Unknown
from reconciler.policy import judge, waivers
from reconciler.policy.facts import Stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.definitions.declaration import Declaration
    from reconciler.documents import Fault
    from reconciler.errors import Problem
    from reconciler.policy.judge import Policy


def problems(
    found: Iterable[Declaration],
    source: str,
    file: str,
    locate: Callable[[Iterable[Fault]], tuple[Problem, ...]],
    policy: Policy,
) -> Iterator[Problem]:
    """Give what rules say of the declarations of one file; `locate` gives faults of it their lines."""
    read = waivers.read(source, file, policy.rules) if policy.waive else waivers.NOTHING
    used: set[int] = set()
    faults: list[Fault] = []
    for each in found:
        known = policy.gather(_stated(each, policy))
        said = judge.pipeline(known, policy, vague=validity.is_vague(each.document))
        passed, left = judge.waived(known.name, said, read.comments, policy)
        used |= passed.lines
        faults += (judge.placed(finding, each.written) for finding in left if judge.is_told(finding))
    yield from locate(judge.merged(faults))
    yield from read.problems
    yield from waivers.expired(read.comments, file, policy.today)
    late = [each for each in read.comments if policy.rules[each.rule].scope == "all"]
    yield from waivers.unused(judge.due(read.comments, late, policy), file, used, policy.today)


def _stated(one: Declaration, policy: Policy) -> Stated:
    return Stated(one.document, _environment(one, policy), one.target, one.tags, one.transitions)


def _environment(one: Declaration, policy: Policy) -> str:
    name = one.document.get("name")
    if not policy.settings.environments or not isinstance(name, str) or isinstance(name, Unknown):
        return ""
    try:
        return Convention(policy.settings.naming, tuple(policy.settings.environments)).environment(name)
    except Blocked:
        return ""
