"""Names follow the team's patterns, and the environment that a name says is the one that everything else says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.definitions.naming import WORD
from reconciler.errors import Blocked
from reconciler.pipeline.unknown import Unknown
from reconciler.policy.rules import NOT_APPLICABLE, PolicyRule, fail, levels
from reconciler.settings import PART

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.policy.facts import Facts
    from reconciler.policy.rules import Subject, Verdict

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def _pattern(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    if not facts.environment or "environment" not in PART.findall(facts.settings.naming.pattern):
        yield NOT_APPLICABLE
    elif not facts.parts and not _said(facts):
        wanted = facts.settings.naming.pattern
        message = f"the name {facts.name} does not follow {wanted}"
        yield fail(("name",), message, f"call it {suggestion(facts)}")


def suggestion(facts: Facts) -> str:
    """Give the right name: the words that are there, in lower case, with the environment where the pattern has it."""
    known = {facts.environment, *facts.ownership.environments[facts.environment].words}
    words = [word for word in _NOT_WORD.split(facts.name.lower()) if word and word not in known]
    names = PART.findall(facts.settings.naming.pattern)
    open_parts = [name for name in names if name != "environment"]
    filled = {name: words.pop(0) if words else name for name in open_parts[:-1]}
    filled |= {name: "-".join(words) or name for name in open_parts[-1:]}
    return PART.sub(lambda match: {**filled, "environment": facts.environment}[match[1]], facts.settings.naming.pattern)


def _said(facts: Facts) -> str:
    """Give the environment that the name says; empty if it says none, or several."""
    try:
        return facts.convention.environment(facts.name)
    except Blocked:
        return ""


def _environment(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    said = _said(facts)
    if not facts.environment or not said:
        yield NOT_APPLICABLE
    elif said != facts.environment and not facts.parts:
        message = f"the name {facts.name} says {said}; the definition says {facts.environment}"
        hint = f"call it {suggestion(facts)}, or correct `environment:`"
        yield fail(("name",), message, hint, (said,))


def _inner(subject: Subject) -> Iterator[Verdict]:
    """Yield names inside the pipeline that do not follow the patterns of the settings."""
    facts = subject.facts
    if not facts.settings.naming.patterns:
        yield NOT_APPLICABLE
        return
    expressions = {kind: _expression(text, facts) for kind, text in facts.settings.naming.patterns.items()}
    for kind, name, path in _names(facts):
        if kind in expressions and not isinstance(name, Unknown) and not expressions[kind].fullmatch(name):
            pattern = facts.settings.naming.patterns[kind]
            yield fail(path, f"the {kind} {name} does not follow {pattern}", "rename it, or change naming.patterns")


def _expression(pattern: str, facts: Facts) -> re.Pattern[str]:
    """Give what a name must match; parts of the pipeline's own name stand for themselves, `*` for anything."""
    pieces = PART.split(pattern)
    return re.compile("".join(
        f"(?:{re.escape(facts.parts[piece]) if piece in facts.parts else WORD})" if index % 2
        else re.escape(piece).replace(r"\*", ".*")
        for index, piece in enumerate(pieces)
    ))  # fmt: skip


def _names(facts: Facts) -> Iterator[tuple[str, str, Path]]:
    for number, stage in enumerate(facts.subject.pipeline.stages):
        yield "stage", stage.name, ("stages", number, "name")
    for work in facts.works:
        yield "action", work.action.name, (*work.path, "name")
        for index, name in enumerate(work.action.outputs):
            yield "artifact", name, (*work.path, "outputArtifacts", index)
    for mention in facts.mentions:
        if mention.kind in ("role", "bucket"):
            name = mention.text if isinstance(mention.text, Unknown) else mention.text.rsplit("/", 1)[-1]
            yield mention.kind, name.rsplit(":", 1)[-1] if not isinstance(name, Unknown) else name, mention.path


RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "name-pattern",
        "a pipeline's name follows the pattern of the settings",
        "Whoever reads the name knows the project and the environment; so do alarms, budgets and policies.",
        levels("off", "warning", "error/warning"),
        _pattern,
        """
        dev:
          name: Shop_web  # finding
        """,
        """
        dev: {name: shop-dev-web}
        """,
    ),
    PolicyRule(
        "name-environment",
        "the environment in a pipeline's name is the one that it belongs to",
        "A pipeline called dev that changes production is started without a second look.",
        levels("error/off", "error/warning", "error"),
        _environment,
        """
        dev:
          name: shop-prod-web  # finding
        """,
        """
        dev: {name: shop-dev-web}
        """,
    ),
    PolicyRule(
        "name-inside",
        "stages, actions, artifacts, roles and buckets are named as the settings say",
        "Names that are formed alike can be searched, counted and granted alike.",
        levels("off", "warning", "error/warning"),
        _inner,
        """
        dev:
          roleArn: arn:aws:iam::111111111111:role/pipelines  # finding
        """,
        """
        dev: {roleArn: "arn:aws:iam::111111111111:role/shop-pipeline"}
        """,
        settings='naming: {patterns: {role: "{project}-*"}}',
    ),
)
