"""Every setting: its meaning, its unit, and why the default is what it is.

The text of `reconciler.yaml`, then environment variables over it: `RECONCILER_<GROUP>__<FIELD>`, for instance
`RECONCILER_SYNC__PRUNE=true`. A variable whose name ends in `_FILE` names a file that holds the value instead, as
systemd credentials and container secrets do; whoever calls `load` has read it.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reconciler import documents
from reconciler.errors import Invalid, Problem
from reconciler.scalars import Account, Expression, Listen, Parameter, Region, Regions, Seconds, Severity, Share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "RECONCILER_"
PART = re.compile(r"\{([a-z][a-z_]*)\}")
"""A part of `naming.pattern`, such as `{project}`."""


class Group(BaseModel):
    """A frozen group of settings in which an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # an external id or a branch may look like a number
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_the_default(cls, value: object) -> object:
        """Take a key with nothing behind it, all of it commented out, for one that is not there."""
        if isinstance(value, dict):
            return {key: item for key, item in value.items() if item is not None or key not in cls.model_fields}
        return {} if value is None else value


class Source(Group):
    """The git repository that says what should be."""

    repository: str = "."
    """Path or URL (file, https, ssh) of the repository. The present folder, so that a clone can be tried at once."""
    branch: str = "main"
    """The branch whose head is wanted. One branch: environments are told apart by definitions, not by branches."""
    path: str = "pipelines"
    """Folder inside the repository below which every `*.yaml`, `*.yml` and `*.json` is a definition."""
    poll: Seconds = 60
    """Seconds between two looks at the branch. A minute: pushes to a local repository are seen at once anyway."""
    jitter: float = Field(default=0.1, ge=0, le=1)
    """Share of `poll` by which each wait is varied, so that many daemons do not look at the same moment."""
    timeout: Seconds = 60
    """Seconds that one git command may take before the pass gives up and tries again later."""
    max_file_bytes: int = Field(default=documents.MAX_BYTES, ge=1)
    """Bytes of the largest file that is read. A definition of 1,000 actions stays below 1 MiB."""


class Environment(Group):
    """One environment: the account and Regions in which its pipelines live."""

    account: Account
    """The 12-digit account id. It is compared with the credentials before the first write of a pass."""
    regions: Regions
    """Regions that are watched. With more than one, a definition names its own with `region:`."""
    assume_role: str | None = None
    """ARN of the role to assume for this environment; without it the process's own credentials are used."""
    external_id: str | None = None
    """External id that the role's trust policy asks for, if any."""
    protected: bool = False
    """Whether policy guards what is deployed here. Off: only you know which environment people depend on."""
    after: str | None = None
    """The environment that a change passes before this one, such as staging before prod."""
    deploys_to: tuple[Account, ...] = ()
    """Accounts, beside its own, in which its pipelines may work; also those of other environments."""
    branches: tuple[str, ...] = ("*",)
    """Globs of the branches that may be deployed here; `*` matches slashes too."""
    tags: tuple[str, ...] = ("*",)
    """Globs of the git tags that may be deployed here."""
    pull_requests: tuple[Literal["OPEN", "UPDATED", "CLOSED"], ...] | None = None
    """Pull-request events that may start its pipelines: by default all, and none where it is protected."""
    owns: tuple[str, ...] = ()
    """Globs of names and ARNs that belong here, where neither an account id nor a word in them says so."""
    words: tuple[str, ...] = ()
    """Words in names that mean this environment, such as `production`; its own name always does."""


class Naming(Group):
    """How pipelines are named, and so which environment a definition belongs to."""

    pattern: str = "{project}-{environment}-{purpose}"
    """Names and their parts. The default reads `ecommerce-prod-deploy` as project, environment and purpose."""
    patterns: dict[Literal["stage", "action", "artifact", "role", "bucket"], str] = {}
    """Patterns for names inside pipelines, such as `{role: "{project}-{environment}-*"}`: parts of the pipeline's name
    stand for themselves, `*` for anything."""
    words: dict[str, Expression] = {}
    """A regular expression for a part of the pattern; lower-case letters, digits and inner hyphens unless given."""

    @model_validator(mode="after")
    def _parts_are_distinct(self) -> Self:
        parts = PART.findall(self.pattern)
        if len(set(parts)) < len(parts):
            message = f"a part stands twice in the pattern {self.pattern!r}"
            raise ValueError(message)
        if "}{" in self.pattern or any(sign in PART.sub("", self.pattern) for sign in "{}"):
            message = f"{self.pattern!r} cannot be read back: put text between parts, and write them as {{project}}"
            raise ValueError(message)
        if strange := [part for part in self.words if part not in parts]:
            message = f"words has {', '.join(strange)}, the pattern {self.pattern!r} does not"
            raise ValueError(message)
        return self


class Limits(Group):
    """How much of a target one pass may change before somebody has to look."""

    changes: Share = "30%"
    """Updates of one target, as a number or as a share of the owned pipelines. A typing error rarely means more."""
    deletions: Share = "10%"
    """Deletions of one target, as a number or as a share of the owned pipelines."""
    at_least: int = Field(default=10, ge=0)
    """Changes that are allowed whatever the shares say, so that small targets can be worked on."""


class Sync(Group):
    """What a pass may write."""

    mode: Literal["automatic", "manual", "report"] = "automatic"
    """`automatic` applies, `manual` waits for `reconciler apply`, `report` never writes."""
    owner: str = Field(default="codepipeline-reconciler", pattern=r"^[A-Za-z0-9 +\-=._:/@]{1,256}$")
    """Value of the ownership tag. Two daemons that share an account need two owners."""
    self_heal: bool = True
    """Whether live drift is reverted to git. Off, it is reported and kept until the definition changes."""
    prune: bool = False
    """Whether owned pipelines that git no longer names are deleted. Off: deleting has no way back."""
    adopt: bool = False
    """Whether a pipeline without an owner is taken over once it equals its definition."""
    interrupt: Literal["wait", "always"] = "wait"
    """`wait` holds an update back while an execution is in progress, because the update would end it."""
    limits: Limits = Limits()


class Waiver(Group):
    """A rule that is not held up somewhere: by whose word, and until when."""

    rule: str
    """Id of the rule, one of policy."""
    pipeline: str = "*"
    """Glob of the names of the pipelines."""
    until: dt.date | None = None
    """The last day on which it counts; without one it never ends."""
    reason: str = Field(min_length=1)
    """Why it may pass, for whoever reads this in a year."""


class Difference(Group):
    """A difference between the pipelines of two environments that is meant."""

    pipeline: str = "*"
    """Glob of the names of the pipelines that have, or lack, something."""
    place: str = "*"
    """Glob of what they have or lack, as `Stage/Action`."""
    reason: str = Field(min_length=1)
    """Why they differ."""


class Parity(Group):
    """What the pipelines of one project have in common, whatever the environment."""

    environments: tuple[str, ...] = ()
    """Environments whose pipelines must look like those of the one they come `after`; empty: all protected ones."""
    exceptions: tuple[Difference, ...] = ()
    """Differences that are meant: `{pipeline: GLOB, place: GLOB, reason: TEXT}`. Approvals are never counted."""


class Policy(Group):
    """What the rules about pipelines say."""

    profile: Literal["minimal", "recommended", "strict"] = "recommended"
    """How much is asked for: `recommended` is what most teams can keep from the first day on."""
    rules: dict[str, Severity | dict[str, Any]] = {}
    """Severity of a rule by its id, where it is not as the profile says; or `severity`, parameters of the rule, and
    severities by name of environment, as a mapping. An error keeps a pipeline from being applied."""
    own: str = ""
    """Folder with rules of your own, below `source.path`; empty: there are none."""
    waivers: tuple[Waiver, ...] = ()
    """What is let pass: `{rule: ID, pipeline: GLOB, until: DATE, reason: TEXT}`."""
    deploy_stages: tuple[str, ...] = ("Deploy*", "Migrate*")
    """Globs of stages in which builds, commands and functions count as deployments too; Deploy actions always do."""
    parity: Parity = Parity()

    @property
    def severities(self) -> dict[str, str]:
        """Give the severity by rule, where one is set for all environments."""
        found = {name: rule if isinstance(rule, str) else rule.get("severity") for name, rule in self.rules.items()}
        return {name: severity for name, severity in found.items() if severity}


class Templates(Group):
    """What is known about the CloudFormation templates that `reconciler validate` judges."""

    parameters: dict[str, Parameter] = {}
    """Values of parameters by name, for all templates; `--parameters FILE` is laid over them. Without a value a
    parameter is unknown, and what depends on it is not judged."""
    region: Region | None = None
    """The Region that the templates are deployed to: `AWS::Region`. Unknown unless given: templates go anywhere."""
    account: Account | None = None
    """The 12-digit account id that the templates are deployed to: `AWS::AccountId`. Unknown unless given."""


class Aws(Group):
    """How the AWS API is called."""

    rate: float = Field(default=5, gt=0)
    """Calls a second with which an account, Region and kind of call starts. AWS publishes no limit; 5 is safe."""
    ceiling: float = Field(default=50, gt=0)
    """Calls a second up to which the rate grows while nothing is throttled."""
    burst: int = Field(default=20, ge=1)
    """Calls that may go out at once after a pause; a quiet pass over 1,000 pipelines needs 11."""
    attempts: int = Field(default=5, ge=1)
    """Attempts for one call, the first included (botocore's adaptive retries)."""
    connect_timeout: Seconds = 10
    """Seconds until a connection attempt is given up."""
    read_timeout: Seconds = 60
    """Seconds without an answer until a call is given up."""
    role_propagation: Seconds = 30
    """Seconds during which a creation is tried again when a new role is not yet visible to CodePipeline."""


class Store(Group):
    """Where the reconciler remembers."""

    url: str = "sqlite:///.reconciler/state.db"
    """SQLAlchemy URL; a relative path starts at the settings file. The systemd unit keeps it in /var/lib/reconciler."""


class Scale(Group):
    """How much is done side by side."""

    workers: int = Field(default=16, ge=1, le=256)
    """Threads for AWS calls. The calls wait for the network most of the time, so more than cores is right."""


class Web(Group):
    """What the daemon answers over HTTP: health, metrics, and webhooks that say *look*."""

    listen: Listen = "127.0.0.1:8480"
    """Address and port, or empty for none. This machine only: there is no TLS, so a proxy stands before it."""
    webhook_secret_file: str = ""
    """File with the secret of webhooks, read at each; a relative path starts here. Without one they are refused."""


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
    def _targets_are_distinct(self) -> Self:
        seen: dict[tuple[str, str], str] = {}
        for name, environment in self.environments.items():
            for region in environment.regions:
                other = seen.setdefault((environment.account, region), name)
                if other != name and self.environments[other].assume_role != environment.assume_role:
                    message = f"{other} and {name} share {environment.account}/{region} but assume different roles"
                    raise ValueError(message)
        return self


def load(text: str, file: str, environ: Mapping[str, str]) -> Settings:
    """Give the settings of one YAML text with `environ` laid over it; raises `Invalid` with every problem at once."""
    value = documents.parse(text, file)
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise Invalid((Problem(file, 1, 1, "", "settings are a mapping of groups", "see config/reconciler.yaml"),))
    try:
        return Settings.model_validate(overlay(value, environ))
    except ValidationError as error:
        faults = tuple(_fault(entry) for entry in error.errors(include_url=False, include_input=False))
        raise Invalid(tuple(_problems(text, file, faults, environ))) from None


def overlay(value: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Lay `RECONCILER_<GROUP>__<FIELD>` variables over a tree of settings; deeper fields take more double underscores.

    The value of a variable is read as YAML, so `true`, `5` and `[a, b]` mean what they mean in the file.
    """
    result = dict(value)
    for name, keys in _variables(environ):
        result = _set(result, keys, documents.parse(environ[name], name) if environ[name] else "")
    return result


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the variables that hold settings, each with the path of its setting."""
    for name in sorted(environ):
        if name.startswith(PREFIX) and "__" in name:
            yield name, tuple(name.removeprefix(PREFIX).lower().split("__"))


def _problems(
    text: str, file: str, faults: tuple[documents.Fault, ...], environ: Mapping[str, str]
) -> Iterator[Problem]:
    """Place each fault in the file, or at the variable that says otherwise than the file."""
    variables: dict[documents.Path, str] = {keys: name for name, keys in _variables(environ)}
    for fault, problem in zip(faults, documents.locate(text, file, faults), strict=True):
        starts = (fault.path[:size] for size in range(len(fault.path), 0, -1))
        name = next((variables[start] for start in starts if start in variables), "")
        yield Problem(name, 0, 0, problem.path, fault.message, fault.hint) if name else problem


def _set(tree: dict[str, Any], keys: tuple[str, ...], value: object) -> dict[str, Any]:
    head, *rest = keys
    if not rest:
        return tree | {head: value}
    below = tree.get(head)
    return tree | {head: _set(below if isinstance(below, dict) else {}, tuple(rest), value)}


def _fault(entry: Any) -> documents.Fault:
    path = tuple(entry["loc"])
    match entry["type"]:
        case "extra_forbidden":
            return documents.Fault(path, f"there is no setting {path[-1]!r}", _near(path))
        case "missing":
            return documents.Fault(path, f"{path[-1]} is missing", f"add `{path[-1]}:`")
        case "model_type" | "dict_type":
            return documents.Fault(path, "this takes a mapping of settings", "see config/reconciler.yaml")
        case "tuple_type":
            return documents.Fault(path, "this takes a list", f"{path[-1]}: [eu-west-1]")
    return documents.Fault(path, entry["msg"].removeprefix("Value error, "), "see config/reconciler.yaml")


def _near(path: documents.Path) -> str:
    import difflib  # noqa: PLC0415  only an unknown key pays for it

    group: Any = Settings
    for part in path[:-1]:
        field = group.model_fields.get(str(part)) if isinstance(group, type) and issubclass(group, BaseModel) else None
        group = field.annotation if field else Environment if group is not Settings else None
    names = list(getattr(group, "model_fields", {}))
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    return f"did you mean {close[0]!r}?" if close else "known here: " + ", ".join(names)
