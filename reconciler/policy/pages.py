"""What is told about rules of policy: on the terminal, and on the page in the documentation."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from reconciler.policy import examples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.policy.rules import PolicyRule

_SCOPES = {"pipeline": "each pipeline", "all": "all pipelines together", "live": "live pipelines"}
_IN_A_SET = "in the overrides of a set"
_PLACES = {"pipeline": _IN_A_SET, "all": _IN_A_SET, "live": "as it is seen"}
_MARK = "  # finding"


def explanation(rule: PolicyRule) -> str:
    """Give all that is known of a rule, as text for a terminal."""
    return "\n".join(_lines(rule))


def _lines(rule: PolicyRule) -> Iterator[str]:
    yield f"{rule.id}: {rule.title}"
    yield rule.why
    yield ""
    yield f"looks at     {_SCOPES[rule.scope]}"
    for profile, level in rule.severity.items():
        yield f"{profile:<12} {level}"
    for name, parameter in rule.parameters.items():
        yield f"parameter    {name}: {parameter.meaning} ({_value(parameter.default)})"
    for word, example in (("bad", rule.bad), ("good", rule.good)):
        if example:
            yield from ("", f"{word}, {_PLACES[rule.scope]}:", indent(_shown(example), "    "))


def markdown(rules: Iterable[PolicyRule]) -> str:
    """Give the page that documents rules."""
    listed = sorted(rules, key=lambda rule: rule.id)
    rows = (f"| [`{each.id}`](#{each.id}) | {each.title} | {_levels(each, ' | ')} |" for each in listed)
    head = ["| rule | asks that | minimal | recommended | strict |", "|---|---|---|---|---|"]
    parts = ["\n".join([_HEAD, *head, *rows]), *("\n".join(_section(rule)) for rule in listed), _tail()]
    return "\n\n".join(parts)


_HEAD = """\
# Rules of policy

What `reconciler validate` and every pass judge beside what AWS itself would refuse. An error keeps a pipeline from
being applied; the others go on. This page is what `reconciler validate --explain all --format markdown` prints.

A severity such as "error, else warning" is an error where the environment is `protected`, and a warning elsewhere. The
profile is chosen with `policy.profile`; `policy.rules` says otherwise for a rule, with its severity, severities by
environment, and its parameters:

```yaml
policy:
  profile: strict
  rules:
    approval-context: off
    environment-parity: {severity: warning, environments: {prod: error}}
  waivers:
    - {rule: shared-deploy-target, pipeline: "shop-*", until: 2030-12-31, reason: both move to the new cluster}
```

A waiver may also stand in the definition file; it counts for all that the file defines. Without `until` it never ends,
and one that is over, or lets nothing pass, is told:

```yaml
# reconciler: waive[environment-parity] until 2030-12-31: there is one edge for all environments
```
"""


def _section(rule: PolicyRule) -> Iterator[str]:
    yield f"## {rule.id}\n"
    yield f"{rule.title[0].upper()}{rule.title[1:]}. {rule.why}\n"
    yield f"It looks at {_SCOPES[rule.scope]}.\n"
    yield f"| {' | '.join(rule.severity)} |\n|---|---|---|\n| {_levels(rule, ' | ')} |"
    if rule.parameters:
        yield "\n| parameter | default | |\n|---|---|---|"
        rows = rule.parameters.items()
        yield from (f"| `{name}` | `{_value(each.default)}` | {each.meaning} |" for name, each in rows)
    for word, example in (("Bad", rule.bad), ("Good", rule.good)):
        if example:
            yield f"\n{word}:\n\n```yaml\n{_shown(example)}\n```"


def _tail() -> str:
    return (
        "## What the examples are laid over\n\n"
        "Each example stands below `overrides:` of this set, with these settings (and `PURPOSE` filled in):\n\n"
        f"```yaml\n{examples.SET}```\n\n```yaml\n{examples.SETTINGS}```\n\n"
        "An example about live pipelines says what AWS shows of `shop-prod-web` beside its declaration. What it does "
        "not say is as it should be: the tags name this reconciler, nothing is frozen, and the roles are as "
        "`reconciler policy iam` prints them."
    )


def _levels(rule: PolicyRule, between: str) -> str:
    return between.join(map(str, rule.severity.values()))


def _shown(example: str) -> str:
    return examples.shown(example).replace(_MARK, "  # here")


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
