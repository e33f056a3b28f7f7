"""What `reconciler validate --explain` tells of rules, those of validity and those of policy."""

from __future__ import annotations

from reconciler.definitions import hints
from reconciler.errors import Broken
from reconciler.pipeline import validity
from reconciler.policy import judge, pages, table

ALL = "all"


def titles() -> dict[str, str]:
    """Give what each rule asks for, by its id."""
    return {**validity.titles(), **judge.TITLES, **table.titles()}


def page(rule: str) -> str:
    """Give the page about a rule of policy, or about all of them, as Markdown; raises Broken for any other."""
    if rule not in table.titles() and rule != ALL:
        raise Broken(f"--format markdown knows the rules of policy, and {rule!r} is none; write --explain all")
    return pages.markdown([each for each in table.RULES if rule in (ALL, each.id)])


def text(rule: str) -> str:
    """Say all that is known of a rule, or of every rule; raises Broken if there is none."""
    known = titles()
    if rule == ALL:
        return "\n".join(f"{name}: {known[name]}" for name in sorted(known))
    if rule in table.by_id():
        return pages.explanation(table.by_id()[rule])
    if rule in judge.TITLES:
        return f"{rule} ({judge.SEVERITIES[rule]}): {judge.TITLES[rule]}"
    if rule not in validity.titles():
        raise Broken(f"there is no rule {rule!r}; {hints.nearest(rule, sorted(known), 'there are: ')}")
    return validity.explanation(rule)
