"""A drift report as a JSON document, and the JSON Schema that such documents keep to.

`SCHEMA` counts up when a member is renamed, goes away or means something else; new members may come at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from reconciler.plan.drift import SEVERITIES, How, Kind

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.errors import Problem
    from reconciler.pipeline.arns import Target
    from reconciler.plan.drift import Author, Drifted, DriftReport, Edit, Past
    from reconciler.plan.health import Health

SCHEMA = 1
REPORT = "codepipeline-reconciler/drift"


def document(report: DriftReport) -> dict[str, Any]:
    """Give a report as a JSON document: sorted and masked; the same report gives the same bytes."""
    return {
        "schema": SCHEMA,
        "report": REPORT,
        "at": _time(report.at),
        "commit": report.commit,
        "counts": report.counts,
        "severities": report.severities,
        "pipelines": report.pipelines,
        "inSync": report.in_sync,
        "unmanaged": report.unmanaged,
        "targets": [
            {**_place(each.target), "environments": list(each.environments), "pipelines": each.pipelines,
             "unreadable": each.unreadable} for each in report.targets
        ],
        "drifts": [entry(each) for each in report.entries],
        "young": [entry(each) for each in report.young],
        "past": {"since": _time(report.past), "drifts": [_past(each) for each in report.ended]},
        "failures": [health(each) for each in report.failures],
        "problems": [_problem(each) for each in report.problems],
        "notes": list(report.notes),
    }  # fmt: skip


def entry(drifted: Drifted) -> dict[str, Any]:
    """Give one drift; documents are whole declarations, masked, or null."""
    return {
        **_place(drifted.target),
        "name": drifted.name,
        "environment": drifted.environment,
        "kind": drifted.kind.value,
        "severity": drifted.severity,
        "since": _time(drifted.since),
        "onset": _time(drifted.onset),
        "updated": _time(drifted.updated),
        "seen": drifted.seen,
        "versionBefore": drifted.version_before or None,
        "versionAfter": drifted.version_after or None,
        "differences": [_edit(each) for each in drifted.edits],
        "reason": drifted.reason,
        "author": _author(drifted.author),
        "heal": None
        if drifted.heal is None
        else {"does": drifted.heal.does, "held": drifted.heal.held, "interrupts": list(drifted.heal.interrupts)},
        "file": drifted.file,
        "before": drifted.before,
        "after": drifted.after,
        "health": health(drifted.health) if drifted.health else None,
        "findings": [_problem(each) for each in drifted.findings],
    }


def health(of: Health) -> dict[str, Any]:
    """Give how the last execution of a pipeline went."""
    return {
        **_place(of.target),
        "name": of.name,
        "execution": of.execution,
        "status": of.status,
        "summary": of.summary,
        "began": _time(of.began),
        "changed": _time(of.changed),
        "read": _time(of.read),
        "failures": [
            {"stage": each.stage, "action": each.action, "code": each.code, "message": each.message, "url": each.url,
             "remedy": each.remedy, "statement": each.statement} for each in of.failures
        ],
    }  # fmt: skip


def schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a report; members that it does not name may come."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Drift report of codepipeline-reconciler",
        "type": "object",
        "required": sorted(_REPORT),
        "properties": _REPORT,
        "$defs": {
            "place": _object(account=_text("Account id of 12 digits."), region=_text("Region.")),
            "edit": _object(place=_text("Where, in words of the domain."), git={}, live={}),
            "author": _object(
                principal=_text("ARN or name; empty where nobody can tell."), how={"enum": sorted(get_args(How))},
                tool=_TEXT, at=_TIME, event=_TEXT, eventId=_TEXT, reason=_TEXT, note=_text("Why nobody can tell."),
            ),
            "heal": _object(does=_TEXT, held=_text("Why it is not healed."), interrupts=_list(_TEXT)),
            "problem": _object(file=_TEXT, line=_COUNT, column=_COUNT, path=_TEXT, message=_TEXT, hint=_TEXT,
                               rule=_TEXT, severity={"enum": list(SEVERITIES)}),
            "failure": _object(stage=_TEXT, action=_TEXT, code=_TEXT, message=_TEXT, url=_TEXT, remedy=_TEXT,
                               statement=_text("IAM statement to add, as JSON text.")),
            "health": _placed(name=_TEXT, execution=_TEXT, status=_TEXT, summary=_TEXT, began=_TIME, changed=_TIME,
                              read=_TIME, failures=_list(_ref("failure"))),
            "drift": _placed(
                name=_text("Empty where the whole target is meant."), environment=_TEXT,
                kind={"enum": [each.value for each in Kind]}, severity={"enum": list(SEVERITIES)},
                since=_text("When it was first seen, ISO 8601."), onset=_text("Since when, as far as can be told."),
                updated=_TIME, seen=_COUNT, versionBefore=_NUMBER, versionAfter=_NUMBER,
                differences=_list(_ref("edit")), reason=_TEXT, author=_maybe("author"), heal=_maybe("heal"), file=_TEXT,
                before=_DOCUMENT, after=_DOCUMENT, health=_maybe("health"), findings=_list(_ref("problem")),
            ),
            "past": _placed(
                name=_TEXT, environment=_TEXT, kind={"enum": [each.value for each in Kind]},
                severity={"enum": list(SEVERITIES)}, since=_TIME, resolved=_TIME, ending={"enum": ["ended", "healed"]},
                seen=_COUNT, versionBefore=_NUMBER, versionAfter=_NUMBER, differences=_list(_ref("edit")),
                author=_maybe("author"),
            ),
        },
    }  # fmt: skip


_Schema = dict[str, Any]


def _text(description: str) -> _Schema:
    return {"type": "string", "description": description}


def _list(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _maybe(name: str) -> _Schema:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _object(**properties: _Schema) -> _Schema:
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _placed(**properties: _Schema) -> _Schema:
    return {"allOf": [_ref("place")], **_object(**properties)}


_TEXT: _Schema = {"type": "string"}
_COUNT: _Schema = {"type": "integer", "minimum": 0}
_NUMBER: _Schema = {"type": ["integer", "null"], "minimum": 1}
_TIME: _Schema = {"type": ["string", "null"], "description": "ISO 8601, UTC."}
_DOCUMENT: _Schema = {"type": ["object", "null"], "description": "A whole declaration, masked."}
_COUNTS: _Schema = {"type": "object", "additionalProperties": _COUNT}
_REPORT: _Schema = {
    "schema": {"const": SCHEMA},
    "report": {"const": REPORT},
    "at": _TEXT,
    "commit": _TEXT,
    "counts": _COUNTS,
    "severities": _COUNTS,
    "pipelines": _COUNT,
    "inSync": _COUNT,
    "unmanaged": _COUNT,
    "targets": _list(_placed(environments=_list(_TEXT), pipelines=_COUNT, unreadable=_text("Why it was not read."))),
    "drifts": _list(_ref("drift")),
    "young": _list(_ref("drift")),
    "past": _object(since=_TIME, drifts=_list(_ref("past"))),
    "failures": _list(_ref("health")),
    "problems": _list(_ref("problem")),
    "notes": _list(_TEXT),
}


def _place(target: Target) -> dict[str, str]:
    return {"account": target.account, "region": target.region}


def _time(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _edit(edit: Edit) -> dict[str, Any]:
    return {"place": edit.place, "git": edit.git, "live": edit.live}


def _author(author: Author | None) -> dict[str, Any] | None:
    if author is None:
        return None
    return {
        "principal": author.principal,
        "how": author.how,
        "tool": author.tool,
        "at": _time(author.at),
        "event": author.event,
        "eventId": author.event_id,
        "reason": author.reason,
        "note": author.note,
    }


def _past(past: Past) -> dict[str, Any]:
    return {
        **_place(past.target),
        "name": past.name,
        "environment": past.environment,
        "kind": past.kind.value,
        "severity": past.severity,
        "since": _time(past.since),
        "resolved": _time(past.resolved),
        "ending": past.ending,
        "seen": past.seen,
        "versionBefore": past.version_before or None,
        "versionAfter": past.version_after or None,
        "differences": [_edit(each) for each in past.edits],
        "author": _author(past.author),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
        "rule": problem.rule,
        "severity": problem.severity,
    }
