"""Problems of files as text with the source, JSON, SARIF, JUnit and GitHub annotations."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from reconciler.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.errors import Problem

SCHEMA = "codepipeline-reconciler/findings/1"
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_XML_FORBIDDEN = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), *range(0xD800, 0xE000), 65534, 65535), " ")
_URI_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def text(problems: Sequence[Problem], sources: Mapping[str, str]) -> str:
    """Give problems as text, each with the line it is about; `sources` are the texts of the files by name."""
    return "\n".join(line for problem in problems for line in _lines(problem, sources.get(problem.file, "")))


def summary(problems: Sequence[Problem], files: int, what: str = "file") -> str:
    """Say in one sentence what was read and found; `what` is what was counted."""
    counted = Counter(problem.severity for problem in problems)
    found = [wording.count(counted[level], level) for level in ("error", "warning", "info") if counted[level]]
    return f"{wording.count(files, what)}: {', '.join(found) or 'nothing to say'}"


def document(problems: Sequence[Problem], files: int, pipelines: int) -> dict[str, Any]:
    """Give problems as a JSON document: stable and sorted."""
    return {
        "schema": SCHEMA,
        "files": files,
        "pipelines": pipelines,
        "findings": [
            {
                "file": each.file,
                "line": each.line,
                "column": each.column,
                "path": each.path,
                "rule": each.rule,
                "severity": each.severity,
                "message": each.message,
                "hint": each.hint,
            }
            for each in problems
        ],
    }


def sarif(problems: Sequence[Problem], version: str, titles: Mapping[str, str]) -> dict[str, Any]:
    """Give problems as SARIF 2.1.0; `titles` says what each rule asks for."""
    rules = sorted({problem.rule for problem in problems})
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "codepipeline-reconciler",
                        "version": version,
                        "rules": [{"id": rule, "shortDescription": {"text": titles.get(rule, rule)}} for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(problem, rules.index(problem.rule)) for problem in problems],
            }
        ],
    }


def junit(problems: Sequence[Problem], files: Iterable[str]) -> str:
    """Give problems as JUnit XML: one test case a file; errors fail it, the rest is its output."""
    by_file = {file: list(found) for file, found in groupby(sorted(problems), key=lambda problem: problem.file)}
    names = sorted({*files, *by_file})
    failed = sum(any(each.severity == "error" for each in by_file.get(name, ())) for name in names)
    suite = ET.Element("testsuite", name="reconciler validate", tests=str(len(names)), failures=str(failed), errors="0")
    for name in names:
        case = ET.SubElement(suite, "testcase", classname="reconciler.validate", name=_xml(name), file=_xml(name))
        errors = [each for each in by_file.get(name, ()) if each.severity == "error"]
        if errors:
            failure = ET.SubElement(case, "failure", message=_xml(errors[0].message), type=errors[0].rule)
            failure.text = _xml("\n".join(map(str, errors)))
        if remarks := [str(each) for each in by_file.get(name, ()) if each.severity != "error"]:
            ET.SubElement(case, "system-out").text = _xml("\n".join(remarks))
    root = ET.Element("testsuites")
    root.append(suite)
    # In ASCII, with references for the rest, it is right whatever the encoding of the output.
    written: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return written.decode("ascii")


def github(problems: Sequence[Problem]) -> str:
    """Give problems as workflow commands, which GitHub shows as annotations on the lines."""
    return "\n".join(_annotation(problem) for problem in problems)


def _lines(problem: Problem, source: str) -> Iterator[str]:
    place = ":".join(str(part) for part in (problem.file, problem.line, problem.column) if part)
    yield f"{wording.printable(place)}: {problem.severity} [{problem.rule}] {wording.printable(problem.message)}"
    rows = source.splitlines()
    if 0 < problem.line <= len(rows):
        margin = f"{problem.line:>6} | "
        yield margin + wording.printable(rows[problem.line - 1].replace("\t", " "))[:160]
        yield " " * (len(margin) - 2) + "| " + " " * max(problem.column - 1, 0) + "^"
    if problem.path:
        yield f"       at {wording.printable(problem.path)}"
    if problem.hint:
        yield f"       {wording.printable(problem.hint)}"


def _sarif_result(problem: Problem, index: int) -> dict[str, Any]:
    region = {"startLine": max(problem.line, 1), "startColumn": max(problem.column, 1)}
    message = problem.message + (f" ({problem.hint})" if problem.hint else "")
    return {
        "ruleId": problem.rule,
        "ruleIndex": index,
        "level": _SARIF_LEVELS[problem.severity],
        "message": {"text": message},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(problem.file)}, "region": region},
                "logicalLocations": [{"fullyQualifiedName": problem.path}],
            }
        ],
    }


def _uri(file: str) -> str:
    """Give a path as a URI reference: bytes that have a meaning there, or none, are written as numbers."""
    return "".join(
        chr(byte) if byte in _URI_PLAIN else f"%{byte:02X}" for byte in file.encode(errors="surrogateescape")
    )


def _annotation(problem: Problem) -> str:
    message = problem.message + (f" ({problem.hint})" if problem.hint else "")
    where = f"file={_property(problem.file)},line={max(problem.line, 1)},col={max(problem.column, 1)}"
    return f"::{_GITHUB_LEVELS[problem.severity]} {where},title={_property(problem.rule)}::{_command(message)}"


def _command(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _command(text).replace(":", "%3A").replace(",", "%2C")


def _xml(text: str) -> str:
    return text.translate(_XML_FORBIDDEN)
