"""Rules about triggers (reference A.7, B23, E.15, L)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.documents import Fault
from reconciler.pipeline import canonical, structure
from reconciler.pipeline.rules import Rule, Severity
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.subject import Subject

_EVENTS = ("push", "pullRequest")


def _triggers(subject: Subject) -> Iterator[tuple[Path, dict[str, Any]]]:
    triggers = subject.pipeline.document.get("triggers")
    for index, trigger in enumerate(triggers if isinstance(triggers, list) else ()):
        if isinstance(trigger, dict) and isinstance(trigger.get("gitConfiguration"), dict):
            yield ("triggers", index, "gitConfiguration"), trigger["gitConfiguration"]


def _filters(subject: Subject) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    for path, git in _triggers(subject):
        for event in _EVENTS:
            entries = git.get(event)
            for index, entry in enumerate(entries if isinstance(entries, list) else ()):
                if isinstance(entry, dict):
                    yield (*path, event, index), event, entry


def _source(subject: Subject) -> Iterator[Fault]:
    sources = [action.name for _, action in subject if action.provider == canonical.CONNECTION]
    for path, git in _triggers(subject):
        name = git["sourceActionName"]
        if name not in sources and not isinstance(name, Unknown) and name not in _untyped(subject):
            yield Fault((*path, "sourceActionName"), f"{name} is not a {canonical.CONNECTION} source action",
                        "connection sources here: " + (", ".join(sources) or "none"))  # fmt: skip


def _untyped(subject: Subject) -> Iterator[str]:
    """Give the source actions of a provider that does not exist: it may be a connection with a typing error."""
    known = subject.catalogue
    return (each.name for _, each in subject if each.category == "Source" and known and not known.named(each.provider))


def _once(subject: Subject) -> Iterator[Fault]:
    named = (((*path, "sourceActionName"), git["sourceActionName"]) for path, git in _triggers(subject))
    for path, name, there in structure.again(named):
        yield Fault(path, f"{name} has more than one trigger",
                    f"put all filters of a source action into one trigger; the first stands at {there}")  # fmt: skip


def _tags_alone(subject: Subject) -> Iterator[Fault]:
    for path, event, entry in _filters(subject):
        if event == "push" and "tags" in entry and entry.keys() & {"branches", "filePaths"}:
            yield Fault(path, "one push filter holds tags together with branches or file paths",
                        "write two filters: one of them suffices")  # fmt: skip


def _paths_alone(subject: Subject) -> Iterator[Fault]:
    for path, event, entry in _filters(subject):
        if "filePaths" in entry and not entry.keys() & {"branches", "tags"}:
            yield Fault(path, f"a {event} filter names file paths and no branches", 'add branches: {includes: ["**"]}')


def _repeated(subject: Subject) -> Iterator[Fault]:
    for path, git in _triggers(subject):
        for event in _EVENTS:
            entries = git.get(event)
            several = entries if isinstance(entries, list) and len(entries) > 1 else []
            texts = [canonical.text(entry) for entry in several]
            for index, text in enumerate(texts):
                if text in texts[:index]:
                    yield Fault((*path, event, index), "the same filter stands here twice", "remove one of them")


def _size(subject: Subject) -> Iterator[Fault]:
    if triggers := subject.pipeline.document.get("triggers"):
        size = len(canonical.text(triggers).encode())
        if size > subject.quotas.trigger_bytes:
            most = f"the quota is {subject.quotas.trigger_bytes:,}"
            yield Fault(("triggers",), f"the triggers have {size:,} bytes; {most}", "use fewer or wider patterns")


RULES: tuple[Rule[Subject], ...] = (
    Rule("trigger-source-unknown", Severity.ERROR, "InvalidStructureException", "B23",
         "a trigger names a connection source of this pipeline", _source),
    Rule("trigger-twice", Severity.ERROR, "InvalidStructureException", "B23, A.7",
         "a source action has one trigger", _once),
    Rule("trigger-filter-mixed", Severity.ERROR, "InvalidStructureException", "E.15.4, L",
         "tags stand in a filter of their own", _tags_alone),
    Rule("trigger-paths-alone", Severity.WARNING, "", "E.15.4", "file paths go with branches", _paths_alone),
    Rule("trigger-repeated", Severity.ERROR, "InvalidStructureException", "A.7", "filters differ", _repeated),
    Rule("trigger-size", Severity.ERROR, "LimitExceededException", "A.7, C", "triggers stay below their quota", _size),
)  # fmt: skip
