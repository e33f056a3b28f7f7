"""What AWS shows of live pipelines beside their declarations: frozen stages, and roles where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.aws import failures
from reconciler.errors import ReconcilerError
from reconciler.pipeline import cases, providers
from reconciler.pipeline.model import Pipeline
from reconciler.policy import attribution
from reconciler.policy.sightings import ABSENT, UNREAD, Seen
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.aws.sessions import Access
    from reconciler.plan.build import Identity
    from reconciler.sync.importing import Live
    from reconciler.sync.state import World

    Roles = Mapping[str, Mapping[str, Any]]


def look(world: World, found: Iterable[Live], *, roles: bool) -> dict[Identity, Seen]:
    """Give what is seen of live pipelines; what cannot be read says why. Each role is read once."""
    pipelines = tuple(found)
    ask = _telling(world, "look", len(pipelines))
    stages = world.executor.map(lambda each: ask(each.name, lambda: _stages(world, each)), pipelines)
    known = _roles(world, pipelines) if roles else None
    now = world.now()
    return {
        each.identity: Seen(
            now, each.tags, {"pollingDisabledAt": each.polling_stopped} if each.polling_stopped else {}, shown, known
        )
        for each, shown in zip(pipelines, stages, strict=True)
    }


def of(live: Live) -> tuple[str, ...]:
    """Give the ARNs of the roles that a live pipeline names, its own first."""
    pipeline = Pipeline(live.document)
    named = (case.document.get("roleArn") for case in cases.each(pipeline, live.target.region, providers.catalogue()))
    return tuple(dict.fromkeys([pipeline.role_arn, *(str(each) for each in named if each)]))


def _stages(world: World, live: Live) -> Mapping[str, Any]:
    try:
        return world.cloud.inbound(world.accesses[live.target], live.name)
    except ReconcilerError as error:
        return {UNREAD: str(error)}


def _roles(world: World, pipelines: Iterable[Live]) -> Roles:
    by_account = {target.account: access for target, access in world.accesses.items()}
    arns = sorted({arn for each in pipelines for arn in of(each)})
    ask = _telling(world, "roles", len(arns))
    answers = world.executor.map(lambda arn: ask(arn, lambda: _role(world, by_account, arn)), arns)
    return dict(zip(arns, answers, strict=True))


def _role(world: World, accesses: Mapping[str, Access], arn: str) -> Mapping[str, Any]:
    account = attribution.account_of(arn) or ""
    if account not in accesses:
        return {UNREAD: "no environment of the settings is in the account of this role, so nobody can look"}
    try:
        return world.cloud.role(accesses[account], arn)
    except failures.Absent as error:
        return {ABSENT: str(error)}
    except ReconcilerError as error:
        return {UNREAD: str(error)}


def _telling(world: World, step: str, total: int) -> Callable[[str, Callable[[], Any]], Any]:
    """Give what asks, and then tells how many were asked."""
    done: list[str] = []

    def ask(what: str, call: Callable[[], Any]) -> Any:
        answer = call()
        done.append(what)
        world.tell(Event(step, what, len(done), total))
        return answer

    return ask
