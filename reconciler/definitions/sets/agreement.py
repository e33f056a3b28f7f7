"""Faults of several places told once: what all places have is a fault of the set, the rest names its environments."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.definitions.sets.places import Site
    from reconciler.documents import Fault


_TELLING = 3
"""Characters of a fact that is looked for in messages: shorter ones stand there by chance."""


def told_once(found: Sequence[tuple[Site, Iterable[Fault]]]) -> tuple[Fault, ...]:
    """Give the faults of all sites, in the order of their first appearance.

    Two faults are the same if they only differ in facts: then the message holds `${account}` where they differ.
    """
    sites = [site for site, _ in found]
    groups: dict[Fault, dict[str, tuple[Site, Fault]]] = {}
    for site, faults in found:
        for fault in faults:
            groups.setdefault(_in_general(fault, site, sites), {}).setdefault(site.label, (site, fault))
    return tuple(_told(general, list(each.values()), sites) for general, each in groups.items())


def _told(general: Fault, found: list[tuple[Site, Fault]], sites: list[Site]) -> Fault:
    first = found[0][1]
    fault = first if all(each == first for _, each in found) else general
    if len(found) == len(sites):
        return fault
    return replace(fault, message=f"in {', '.join(_names([site for site, _ in found], sites))}: {fault.message}")


def _names(concerned: list[Site], sites: list[Site]) -> Iterable[str]:
    """Give the environments, and where not all Regions of one are concerned, these."""
    labels = {site.label for site in concerned}
    for environment in dict.fromkeys(site.place.environment for site in concerned):
        of_it = [site.label for site in sites if site.place.environment == environment]
        yield from [environment] if labels.issuperset(of_it) else [label for label in of_it if label in labels]


def _in_general(fault: Fault, site: Site, sites: list[Site]) -> Fault:
    """Give a fault with the names of the facts in the place of their values, where sites differ in them."""
    differing = {
        value: name
        for name, value in site.facts.items()
        if len(value) >= _TELLING and any(other.facts.get(name) != value for other in sites)
    }
    return replace(fault, message=_named(fault.message, differing), hint=_named(fault.hint, differing))


def _named(text: str, names: Mapping[str, str]) -> str:
    if not names:
        return text
    values = "|".join(re.escape(value) for value in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![A-Za-z0-9])(?:{values})(?![A-Za-z0-9])", lambda match: f"${{{names[match[0]]}}}", text)
