"""Rules tried on definitions that say what is to be found; the verb is `reconciler policy test`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from reconciler import documents
from reconciler import settings as model
from reconciler.cli import build
from reconciler.definitions import native, reading
from reconciler.definitions.basis import Basis
from reconciler.errors import Broken, Invalid
from reconciler.pipeline import secrets, validity
from reconciler.policy import examples, judge, marks, own
from reconciler.report import wording
from reconciler.sync import ruling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.definitions.definition import Definition
    from reconciler.errors import Problem
    from reconciler.policy.marks import Tested
    from reconciler.settings import Settings

SCHEMA = "codepipeline-reconciler/rule-tests/1"
SETTINGS = "reconciler.yaml"
SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def run(folder: Path, config: Path | None) -> Tested:
    """Judge the definitions of a folder, and compare.

    Raises Invalid where rules or definitions are wrong, and Broken where there is nothing to do.
    """
    texts = dict(_texts(folder))
    rules, definitions = _apart(texts)
    files = {name: texts[name].encode() for name in rules}
    ruled = ruling.ruling(_settings(folder, config), files, _today(), waive=False)
    if ruled.problems:  # what settings say of rules that are elsewhere is not tried here
        raise Invalid(ruled.problems)
    if not definitions:
        raise Broken(f"{folder} holds no definitions; put some there that say `# finding: RULE` and `# ok: RULE`")
    found = list(_found({name: texts[name] for name in definitions}, ruled.policy))
    said = [mark for name in definitions for mark in marks.read(texts[name], name)]
    named = {mark.rule for mark in said}
    if broken := tuple(each for each in found if _is_broken(each) and each.rule not in named):
        raise Invalid(broken)
    known: Mapping[str, object] = {**ruled.policy.rules, **validity.titles()}
    written = [rule.id for rule in own.read(files).rules]
    return marks.compare(said, found, written, known, (judge.BROKEN_RULE,))


def summary(tested: Tested) -> str:
    """Say in one sentence what was tried."""
    result = f"{wording.count(len(tested.misses), 'failure')}" if tested.misses else "all as they say"
    return f"{wording.count(len(tested.marks), 'comment')}: {result}"


def document(tested: Tested) -> dict[str, Any]:
    """Give the result as a JSON document."""
    return {
        "schema": SCHEMA,
        "comments": len(tested.marks),
        "failures": [each._asdict() for each in tested.misses],
        "untested": list(tested.untested),
    }


def junit(tested: Tested) -> str:
    """Give the result as JUnit XML: one test case for each comment, and for each finding too many."""
    failed = {each[:3]: each for each in tested.misses}
    cases = {mark[:3]: failed.get(mark[:3]) for mark in tested.marks} | failed
    root = ET.Element("testsuites")
    suite = ET.SubElement(root, "testsuite", name="reconciler policy test", tests=str(len(cases)),
                          failures=str(len(failed)), errors="0")  # fmt: skip
    for (file, line, rule), miss in sorted(cases.items()):
        case = ET.SubElement(suite, "testcase", classname=rule, name=f"{file}:{line}", file=file)
        if miss:
            ET.SubElement(case, "failure", message=miss.message, type=miss.kind).text = str(miss)
    written: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return written.decode("ascii")


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    if not folder.is_dir():
        raise Broken(f"{folder} is no folder; name the one with the rules and their definitions")
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in SUFFIXES and path.is_file() and not hidden and path != folder / SETTINGS:
            yield str(path), documents.text(path.read_bytes(), str(path))


def _apart(texts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Give the names of the files of rules, and those of all others."""
    rules = [name for name, text in texts.items() if "rules" in text and own.is_file(documents.parse(text, name))]
    return rules, [name for name in texts if name not in rules]


def _settings(folder: Path, config: Path | None) -> Settings:
    beside = folder / SETTINGS
    if config or beside.is_file():
        return build.settings(config or beside)[0]
    return model.load(examples.SETTINGS, "the settings of the examples", {})


def _is_broken(problem: Problem) -> bool:
    """Tell whether AWS would refuse the definition, so that no rule of policy has looked at it."""
    return problem.severity == "error" and problem.rule in validity.titles()


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()


def _found(texts: Mapping[str, str], policy: judge.Policy) -> Iterator[Problem]:
    """Give everything that is found in the definitions, by rules of any kind."""
    known = policy.settings
    context = native.Context(known.environments, known.naming, secrets.no_fingerprint, known.policy.severities, Basis())
    everything: list[Definition] = []
    for name, text in texts.items():
        definitions, problems = reading.judge(text.encode(), name, context)
        judged = judge.file(definitions, text, policy)
        everything += (*judged.definitions, *judged.blocked)
        yield from (*problems, *judged.problems)
    for said in judge.commit(everything, policy).said:
        file = everything[said.number].file
        yield from documents.locate(texts[file], file, (said.fault,))
