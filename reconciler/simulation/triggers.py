"""Which source action of a pipeline a push or a pull request starts, and why another does not (reference E.15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.pipeline.canonical import CONNECTION
from reconciler.pipeline.model import Pipeline
from reconciler.simulation import globs
from reconciler.simulation.changes import Push

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.pipeline.model import Action
    from reconciler.simulation.changes import Connected, PullRequest

FILES_LOOKED_AT = 100
"""Changed files that a filter on file paths looks at (reference E.15.6)."""


@dataclass(frozen=True, slots=True)
class Match:
    """What one source action makes of an event."""

    source: str
    """Name of the source action."""
    starts: bool
    reason: str
    """A sentence for who asks why it did, or did not, start."""
    branch: str = ""
    """The branch that is built: of a pull request, its source branch."""
    tag: str = ""
    pull_request: str = ""
    commit: str = ""


def matches(
    declaration: Mapping[str, Any], event: Connected, *, files_looked_at: int = FILES_LOOKED_AT
) -> tuple[Match, ...]:
    """Give one match per connection source of a declaration, in its order.

    A pattern that cannot be read matches nothing, and the reason says so. The order in which the service looks at
    files is not defined; here it is that of `event.files`.
    """
    pipeline = Pipeline(declaration)
    triggers = _declared(declaration)
    sources = [action for action in pipeline.actions if action.provider == CONNECTION and action.category == "Source"]
    crowded = _crowded(sources)
    found = []
    for action in sources:
        starts, reason = _judged(action, triggers.get(action.name), event, files_looked_at)
        if starts and action.configuration.get("FullRepositoryId") in crowded:
            reason += "; other source actions read this repository too, and only one of them triggers reliably"
        found.append(_match(action.name, starts, reason, event))
    return tuple(found)


def _declared(declaration: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for trigger in declaration.get("triggers") or ():
        git = trigger.get("gitConfiguration") or {}
        if "sourceActionName" in git:
            found[git["sourceActionName"]] = git
    return found


def _crowded(sources: Sequence[Action]) -> set[object]:
    names = [action.configuration.get("FullRepositoryId") for action in sources]
    return {name for name in names if names.count(name) > 1}


def _match(source: str, starts: bool, reason: str, event: Connected) -> Match:
    if isinstance(event, Push):
        return Match(source, starts, reason, event.branch, event.tag, "", event.commit)
    return Match(source, starts, reason, event.source, "", event.number, event.commit)


def _judged(action: Action, git: Mapping[str, Any] | None, event: Connected, looked_at: int) -> tuple[bool, str]:
    repository = action.configuration.get("FullRepositoryId")
    if repository != event.repository:
        return False, f"{action.name} reads {repository}, and this is a {event}"
    filters = {kind: git[kind] for kind in ("push", "pullRequest") if git and git.get(kind)}
    if not filters:
        return _by_default(action, event)
    kind = "push" if isinstance(event, Push) else "pullRequest"
    if kind not in filters:
        return False, f"the trigger of {action.name} has no {kind} filter"
    misses = []
    for number, one in enumerate(filters[kind]):
        place = f"{kind}[{number}]"
        try:
            miss = _push_miss(one, event, looked_at) if isinstance(event, Push) else _pull_miss(one, event, looked_at)
        except globs.Malformed as error:
            miss = str(error)
        if not miss:
            return True, f"{place} of the trigger of {action.name} matches the {event}"
        misses.append(f"{place}: {miss}")
    return False, f"no filter of the trigger of {action.name} matches: " + "; ".join(misses)


def _by_default(action: Action, event: Connected) -> tuple[bool, str]:
    """Judge by change detection, which a trigger without filters leaves on (reference A.7, A.9)."""
    branch = action.configuration.get("BranchName")
    if str(action.configuration.get("DetectChanges")).lower() == "false":
        return False, f"{action.name} has DetectChanges false and no trigger: it is started by hand only"
    if not isinstance(event, Push):
        return False, f"{action.name} has no trigger, so pull requests do not start it"
    if event.tag:
        return False, f"{action.name} has no trigger, so tags do not start it"
    if event.branch != branch:
        return False, f"{action.name} has no trigger and watches the branch {branch}, not {event.branch}"
    return True, f"{action.name} watches the branch {branch}"


def _push_miss(one: Mapping[str, Any], event: Push, looked_at: int) -> str:
    if event.tag:
        if "branches" in one or ("filePaths" in one and "tags" not in one):
            return "it is about branches, and a tag was pushed"
        return _name_miss("tag", one.get("tags"), event.tag)
    if "tags" in one and "branches" not in one:
        return "it is about tags, and a branch was pushed"
    miss = _name_miss("branch", one.get("branches"), event.branch)
    if not miss and event.new and one.get("filePaths"):
        return f"{event.branch} is a new branch, and filters on file paths do not see new branches"
    return miss or _files_miss(one.get("filePaths"), event.files, looked_at)


def _pull_miss(one: Mapping[str, Any], event: PullRequest, looked_at: int) -> str:
    events = one.get("events")
    if events and event.event not in events:
        return f"it is about {', '.join(events)}, and this is {event.event}"
    miss = _name_miss("destination branch", one.get("branches"), event.destination)
    return miss or _files_miss(one.get("filePaths"), event.files, looked_at)


def _first(patterns: Iterable[str] | None, text: str) -> str | None:
    return next((pattern for pattern in patterns or () if globs.matches(pattern, text)), None)


def _name_miss(what: str, criteria: Mapping[str, Any] | None, name: str) -> str:
    """Say why a name does not fit; excludes win (reference E.15.3)."""
    criteria = criteria or {}
    if (excluded := _first(criteria.get("excludes"), name)) is not None:
        return f"the {what} {name} is excluded by {excluded!r}"
    if criteria.get("includes") and _first(criteria["includes"], name) is None:
        return f"the {what} {name} is not among " + ", ".join(map(repr, criteria["includes"]))
    return ""


def _files_miss(criteria: Mapping[str, Any] | None, files: Sequence[str], looked_at: int) -> str:
    """Say why no changed file fits; one that is included and not excluded suffices (reference E.15.6)."""
    if not criteria:
        return ""
    misses = []
    for path in files[:looked_at]:
        miss = _name_miss("file", criteria, path)
        if not miss:
            return ""
        misses.append(miss)
    if not misses:
        return "it is about file paths, and no changed files are known"
    more = f" (and {len(misses) - 1} more)" if len(misses) > 1 else ""
    return f"{misses[0]}{more}" + _unseen(criteria, files[looked_at:], looked_at)


def _unseen(criteria: Mapping[str, Any], files: Sequence[str], looked_at: int) -> str:
    fitting = next((path for path in files if not _name_miss("file", criteria, path)), None)
    return f"; {fitting} would fit, but only the first {looked_at} changed files are looked at" if fitting else ""
