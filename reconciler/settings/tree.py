"""All settings of one reconciler."""

from __future__ import annotations

import difflib
from typing import Any, Self

from pydantic import model_validator

from reconciler.settings.drift import Drift
from reconciler.settings.environments import Environment, Naming
from reconciler.settings.group import Group
from reconciler.settings.notify import Forge, Notice
from reconciler.settings.policy import Policy
from reconciler.settings.service import Aws, Scale, Store, Web
from reconciler.settings.source import Source, Templates
from reconciler.settings.sync import Sync


class Settings(Group):
    """All settings of one reconciler."""

    source: Source = Source()
    environments: dict[str, Environment] = {}
    """Environments by the name that stands in pipeline names. What is not listed is never touched."""
    naming: Naming = Naming()
    policy: Policy = Policy()
    action_types: tuple[dict[str, Any], ...] = ()
    """Custom action types of your own, each in the shape of CreateCustomActionType, so that actions of them can be
    judged. Files `*.actiontype.yaml` among the definitions say the same; the default is what AWS ships."""
    templates: Templates = Templates()
    sync: Sync = Sync()
    drift: Drift = Drift()
    notify: tuple[Notice, ...] = ()
    """Who hears of what: `{on: [drift, failed], url: "slack://…", environments: [prod]}` each. Nobody unless said."""
    forge: Forge = Forge()
    aws: Aws = Aws()
    store: Store = Store()
    scale: Scale = Scale()
    web: Web = Web()

    @model_validator(mode="after")
    def _order_is_one(self) -> Self:
        for start in self.environments:
            passed, name = [start], self.environments[start].after
            while name is not None:
                if name not in self.environments or name in passed:
                    message = f"environments.{passed[-1]}.after: {name!r} is not another environment, or comes later"
                    raise ValueError(message)
                passed.append(name)
                name = self.environments[name].after
        return self

    @model_validator(mode="after")
    def _severities_are_of_environments(self) -> Self:
        if strange := sorted(self.drift.severity.keys() - self.environments.keys()):
            message = f"drift.severity: there is no environment {strange[0]!r}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _notices_are_of_environments(self) -> Self:
        for number, notice in enumerate(self.notify):
            if strange := sorted(set(notice.environments) - self.environments.keys()):
                message = f"notify[{number}].environments: there is no environment {strange[0]!r}"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _windows_are_for_environments(self) -> Self:
        for number, window in enumerate(self.sync.windows):
            for name in window.environments:
                if name not in self.environments:
                    close = difflib.get_close_matches(name, self.environments, n=1)
                    hint = f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(self.environments)
                    message = f"sync.windows[{number}].environments: there is no environment {name!r}; {hint}"
                    raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _a_write_leaves_within_its_lease(self) -> Self:
        least = 1.2 * self.aws.connect_timeout
        if self.store.lease < least:
            message = f"store.lease: at least {least:g}s, a fifth more than aws.connect_timeout, which may be lowered"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _targets_are_distinct(self) -> Self:
        seen: dict[tuple[str, str], str] = {}
        for name, environment in self.environments.items():
            for region in environment.regions:
                other = seen.setdefault((environment.account, region), name)
                if other != name and self.environments[other].assume_role != environment.assume_role:
                    message = f"{other} and {name} share {environment.account}/{region} but assume different roles"
                    raise ValueError(message)
        return self
