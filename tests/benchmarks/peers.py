"""Ours beside cfn-lint and Checkov: twelve planted leaks, and templates of other people; prints a Markdown table.

    python -m benchmarks.peers --cfn-lint PATH --checkov PATH --corpus FOLDER --list FILE

The peers get the sets as CloudFormation, one template for each leak with the pipelines of all environments; a leak is
found if a peer says anything about it that it does not say about the sound set. On the corpus only what is said of
pipelines counts. Which of it is a false alarm is for people to say: `--list` writes it all down.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import leaks
from benchmarks import process
from benchmarks import site as sites
from benchmarks.templates import resource
from reconciler import settings
from reconciler.definitions import native, reading
from reconciler.definitions.cloudformation import parse
from reconciler.errors import Invalid
from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Judge = Callable[[str, list[Path]], tuple[list["Said"], float]]

PIPELINE = "AWS::CodePipeline::Pipeline"
CLEAN = "sound"
SAID = ("error", "warning")


@dataclass(frozen=True, slots=True)
class Said:
    """One finding about a pipeline."""

    file: str
    rule: str
    severity: str
    text: str


@dataclass
class Result:
    """What one tool said, and what it cost."""

    name: str
    found: set[str] = field(default_factory=set)
    alarms: int = 0
    corpus: list[Said] = field(default_factory=list)
    planted: float = 0
    whole: float = 0


def main() -> None:
    """Run whatever is there, and print the table."""
    options = _parser().parse_args()
    corpus = sorted(Path(options.corpus).resolve().iterdir()) if options.corpus else []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        results = [ours(folder / "ours", corpus)]
        if options.cfn_lint:
            results.append(peer("cfn-lint", options.cfn_lint, folder / "cfn-lint", corpus, lint))
        if options.checkov:
            results.append(peer("Checkov", options.checkov, folder / "checkov", corpus, check))
    sys.stdout.write(table(results, len(corpus)))
    if options.list:
        rows = [[each.name, *vars_of(said)] for each in results for said in each.corpus]
        Path(options.list).write_text(json.dumps(rows, indent=1), encoding="utf-8")


def ours(folder: Path, corpus: list[Path]) -> Result:
    """Judge the sets as they are written, with their settings, and the corpus without any."""
    result = Result("reconciler")
    plain = folder / "plain"
    plain.mkdir(parents=True)
    (folder / "reconciler.yaml").write_text(json.dumps(leaks.settings()))
    for what, overrides in planted():
        (folder / "web.yaml").write_text(leaks.text(overrides))
        done = _run([sys.executable, "-m", "reconciler", "validate", "web.yaml", "--format", "json"], folder)
        result.planted += done.cpu
        _count(result, what, [each["rule"] for each in json.loads(_json(done.out))["findings"]], Counter())
    if corpus:
        done = _run([sys.executable, "-m", "reconciler", "validate", *map(str, corpus), "--format", "json"], plain)
        result.whole = done.cpu
        found = json.loads(_json(done.out))["findings"]
        rows = (Said(Path(each["file"]).name, each["rule"], each["severity"], each["message"]) for each in found)
        result.corpus = [each for each in rows if each.severity in SAID]
    return result


def peer(name: str, program: str, folder: Path, corpus: list[Path], judge: Judge) -> Result:
    """Judge the same as templates."""
    result, before = Result(name), Counter[str]()
    folder.mkdir(parents=True)
    for what, overrides in planted():
        file = folder / f"{re.sub('[^a-z]', '-', what)}.json"
        file.write_text(json.dumps(template(overrides), indent=1))
        said, cost = judge(program, [file])
        result.planted += cost
        rules = [each.rule for each in said]
        _count(result, what, rules, before)
        before = Counter(rules) if what == CLEAN else before
    if corpus:
        said, result.whole = judge(program, corpus)
        result.corpus = [each for each in said if each.severity in SAID]
    return result


def planted() -> Iterator[tuple[str, str]]:
    """Give the sound set, then each leak: its name, and what is laid over."""
    yield CLEAN, "dev: {}"
    yield from ((leak.what, leak.overrides) for leak in leaks.LEAKS)


def template(overrides: str) -> dict[str, Any]:
    """Give the pipelines of the set as one template."""
    known = settings.Settings.model_validate(leaks.settings())
    context = native.Context(known.environments, known.naming, secrets.no_fingerprint)
    found = reading.read(leaks.text(overrides).encode(), "web.yaml", context)
    pipelines = {each.environment.capitalize(): resource(each.document) for each in found}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": pipelines}


def lint(program: str, files: list[Path]) -> tuple[list[Said], float]:
    """Give what cfn-lint says of pipelines, and its processor time."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        out = Path(name, "out.json")
        options = ["--format", "json", "--output-file", str(out), "--non-zero-exit-code", "none"]
        cost = _run([program, *options, "--", *map(str, files)], Path(name)).cpu
        found = json.loads(out.read_text(encoding="utf-8") or "[]")
    kinds = {str(file): _kinds(file) for file in files}
    said = [
        Said(Path(each["Filename"]).name, each["Rule"]["Id"], each["Level"].lower(), each["Message"])
        for each in found
        if _about(each["Location"].get("Path") or [], kinds[each["Filename"]])
    ]
    return said, cost


def check(program: str, files: list[Path]) -> tuple[list[Said], float]:
    """Give what Checkov says of pipelines, its search for secrets included, and its processor time."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        options = ["--framework", "cloudformation", "secrets", "--skip-download", "--soft-fail", "--compact"]
        named = (part for file in files for part in ("-f", str(file)))
        command = [program, *options, "--output", "json", "--output-file-path", name, *named]
        cost = _run(command, Path(name)).cpu
        reports = json.loads(Path(name, "results_json.json").read_text(encoding="utf-8") or "[]")
    kinds = {file.name: _kinds(file) for file in files}
    said = [
        Said(Path(each["file_path"]).name, each["check_id"], "error", each["check_name"])
        for report in (reports if isinstance(reports, list) else [reports])
        for each in report.get("results", {}).get("failed_checks", ())
        if each["resource"].startswith(f"{PIPELINE}.") or _in_pipeline(each, kinds)
    ]
    return said, cost


def _in_pipeline(found: dict[str, Any], kinds: dict[str, dict[str, str]]) -> bool:
    """Tell whether a secret was found, in a file that holds nothing but pipelines: it has a line and no resource."""
    known = kinds.get(Path(found["file_path"]).name, {})
    return found["check_id"].startswith("CKV_SECRET") and set(known.values()) == {PIPELINE}


def table(results: list[Result], files: int) -> str:
    """Give the table."""
    rows = [
        ("", *(each.name for each in results)),
        ("---", *("---" for _ in results)),
        ("leaks found, of twelve", *(str(len(each.found)) for each in results)),
        ("said of the sound set", *(str(each.alarms) for each in results)),
        ("processor time for these thirteen, s", *(f"{each.planted:.1f}" for each in results)),
        (f"errors, {files} templates", *(_counted(each, "error") for each in results)),
        (f"warnings, {files} templates", *(_counted(each, "warning") for each in results)),
        (f"processor time, {files} templates, s", *(f"{each.whole:.1f}" for each in results)),
    ]
    rows += [(f"leak: {leak.what}", *("found" if leak.what in each.found else "-" for each in results))
             for leak in leaks.LEAKS]  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def vars_of(said: Said) -> list[str]:
    """Give a finding as a row."""
    return [said.file, said.rule, said.severity, said.text]


def _count(result: Result, what: str, rules: list[str], before: Counter[str]) -> None:
    if what == CLEAN:
        result.alarms = len(rules)
    elif Counter(rules) - before:
        result.found.add(what)


def _counted(result: Result, severity: str) -> str:
    found = [each for each in result.corpus if each.severity == severity]
    return f"{len(found)} in {len({each.file for each in found})}"


def _kinds(file: Path) -> dict[str, str]:
    """Give the type of every resource, by its logical id."""
    try:
        value = parse(file.read_text(encoding="utf-8"), file.name)
    except (Invalid, UnicodeDecodeError):
        return {}
    found = value.get("Resources") if isinstance(value, dict) else None
    return {key: str(each.get("Type")) for key, each in (found or {}).items() if isinstance(each, dict)}


def _about(path: Iterable[Any], kinds: dict[str, str]) -> bool:
    parts = [*path]
    return len(parts) > 1 and parts[0] == "Resources" and kinds.get(str(parts[1])) == PIPELINE


def _run(command: list[str], folder: Path) -> process.Finished:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(sites.TESTS.parent)}
    return process.run(command, folder, environment, (0, 1))


def _json(text: str) -> str:
    """Give the JSON in an output that has lines of others around it."""
    starts = [place for place in (text.find("{"), text.find("[")) if place >= 0]
    return text[min(starts) : max(text.rfind("}"), text.rfind("]")) + 1] if starts else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="peers", description="Ours beside cfn-lint and Checkov.")
    parser.add_argument("--cfn-lint", metavar="PATH", help="program of cfn-lint; left out if not given")
    parser.add_argument("--checkov", metavar="PATH", help="program of Checkov; left out if not given")
    parser.add_argument("--corpus", metavar="FOLDER", help="folder of templates; left out if not given")
    parser.add_argument("--list", metavar="FILE", help="write everything that is said of the corpus here, as JSON")
    return parser


if __name__ == "__main__":
    main()
