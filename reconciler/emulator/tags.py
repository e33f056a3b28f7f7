"""Tags of pipelines, custom action types and webhooks, and the ARNs by which they are named (reference C, F.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.emulator.faults import Fault
from reconciler.pipeline import arns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document

MOST = 50
_ACCOUNT = re.compile("[0-9]{12}")
_SYSTEM = ("Not allowed to modify system tags. System tags start with 'aws:'. msg=[Caller is an end user and not "
           "allowed to mutate system tags]")  # fmt: skip


def read(listed: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Give tags as a mapping, out of the list that the API takes."""
    return {each["key"]: each["value"] for each in listed}


def written(tags: Mapping[str, str]) -> list[Document]:
    """Give tags as the API lists them, sorted by key."""
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


def check(arn: str, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Raise `Fault` for system tags, and for more than 50 in the end."""
    check_keys(new)
    if len({**old, **new}) > MOST:
        raise Fault("TooManyTagsException", f"Tag limit exceeded for resource [{arn}].")


def check_keys(keys: Iterable[str]) -> None:
    """Raise `Fault` for system tags."""
    if any(key.lower().startswith("aws:") for key in keys):
        raise Fault("InvalidTagsException", _SYSTEM)


def type_arn(target: arns.Target, kind: Sequence[str]) -> str:
    """Give the ARN of an action type: category, owner, provider, version."""
    category, owner, provider, version = kind
    return arns.pipeline(target, f"actiontype:{owner}/{category}/{provider}/{version}")


def hook_arn(target: arns.Target, name: str) -> str:
    """Give the ARN of a webhook."""
    return arns.pipeline(target, f"webhook:{name}")


def of(place: Place, arn: str) -> dict[str, str]:
    """Give the tags of a resource, to be looked at; raises `Fault` if there is none of that ARN."""
    kind, name = _parts(place, arn)
    if kind == "pipeline" and name in place.world.tracks:
        return dict(place.world.tracks[name].tags)
    if kind == "webhook" and name in place.hooks:
        return place.hooks[name].tags
    if kind == "actiontype" and (found := place.types.get(_type(name))):
        return found.tags
    raise Fault("ResourceNotFoundException", f"There is no resource {arn} in {place.target}")


def put(place: Place, arn: str, tags: dict[str, str]) -> None:
    """Replace the tags of a resource that `of` found."""
    kind, name = _parts(place, arn)
    if kind == "pipeline":
        place.world.track(name).tags = tags
    else:
        (place.hooks[name] if kind == "webhook" else place.types[_type(name)]).tags = tags


def _parts(place: Place, arn: str) -> tuple[str, str]:
    parts = arn.split(":", 6)
    # arn:partition:service:region:account:resource; the model's pattern lets colons into any of them
    if len(parts) < 6 or parts[2] != "codepipeline" or not _ACCOUNT.fullmatch(parts[4]):  # noqa: PLR2004
        raise Fault("InvalidArnException", f"Invalid ARN: {arn}")
    if (parts[4], parts[3]) != place.target:
        raise Fault("ResourceNotFoundException", f"{arn} lies elsewhere than {place.target}")
    return (parts[5], parts[6]) if len(parts) > 6 else ("pipeline", parts[5])  # noqa: PLR2004


def _type(text: str) -> tuple[str, str, str, str]:
    owner, category, provider, version, *_ = (*text.split("/"), "", "", "", "")
    return category, owner, provider, version
